package drift

import (
	"math"

	"github.com/rehearse-dev/rehearse/flow"
)

const (
	// manyTexts is how many distinct texts make free text.
	manyTexts = 40
	// longText is how many bytes of a text are compared.
	longText = 1 << 16
	absent   = int32(-1)
)

// Column holds the values of a sample's cases: numbers as such, categories as
// places in a list, and of free texts a sample.
type Column struct {
	Name     string
	Type     flow.Type
	Tag      bool
	Personal bool // its values are shown nowhere
	Withheld bool // the source does not hold it
	Apart    bool // a tag that makes segments alone: it is an input too, or known only once a case was decided

	numbers []float64 // NaN where absent
	codes   []int32   // in names; absent where nil
	names   []string
	number  map[string]int32
	many    bool // of texts: too many to be categories; codes say only what is there
	texts   reservoir
}

func newColumn(name string, t flow.Type, personal bool) Column {
	return Column{Name: name, Type: t, Personal: personal, number: map[string]int32{}}
}

func (c *Column) numeric() bool {
	return c.Type.Kind == flow.Number || c.Type.Kind == flow.Integer || c.Type.Kind == flow.Probability
}

// take adds the value of a case.
func (c *Column) take(v any) {
	if c.numeric() {
		x := math.NaN()
		switch n := v.(type) {
		case float64:
			x = n
		case int64:
			x = float64(n)
		}
		c.numbers = append(c.numbers, x)
		return
	}
	code := absent
	switch {
	case v == nil:
	case c.Type.Kind == flow.String && c.many:
		code = 0
	case c.Type.Kind == flow.String, c.Type.Kind == flow.Enum, c.Type.Kind == flow.Boolean:
		code = c.code(word(v))
	default: // nothing but whether it is there is compared
		code = 0
	}
	c.codes = append(c.codes, code)
}

// offer gives a text to the sample of texts.
func (c *Column) offer(v any, d document, weight float64) {
	if text, ok := v.(string); ok && c.Type.Kind == flow.String {
		d.text = text[:min(len(text), longText)]
		c.texts.offer(d, weight)
	}
}

// code is the place of a category in the list. A column of texts that has too
// many forgets them.
func (c *Column) code(name string) int32 {
	n, ok := c.number[name]
	if !ok {
		n = int32(len(c.names))
		if c.Type.Kind == flow.String && len(c.names) == manyTexts {
			c.many, c.names, c.number = true, nil, nil
			for i := range c.codes {
				c.codes[i] = min(c.codes[i], 0)
			}
			return 0
		}
		c.names = append(c.names, name)
		c.number[name] = n
	}
	return n
}

// has says whether the case has a value.
func (c *Column) has(i int) bool {
	if c.numeric() {
		return !math.IsNaN(c.numbers[i])
	}
	return c.codes[i] != absent
}

// keep drops all cases but those at places that ascend.
func (c *Column) keep(at []int) {
	if c.numeric() {
		c.numbers = pick(c.numbers, at)
	} else {
		c.codes = pick(c.codes, at)
	}
}

// word is a value as a category.
func word(v any) string {
	if s, ok := v.(string); ok {
		return s
	}
	return string(flow.AppendValue(nil, v, false))
}

// any says whether a case has a value.
func (c *Column) any() bool {
	for i := range max(len(c.numbers), len(c.codes)) {
		if c.has(i) {
			return true
		}
	}
	return false
}
