package redact

import (
	"slices"
	"strings"
	"sync"

	"github.com/rehearse-dev/rehearse/flow"
)

// Private is what steps may keep of a case beside the run, in files that others
// read: personal values of its input stand there by the name of their field,
// from which they are put back; other personal values are struck out. Nil
// where nothing is personal.
func (p *Policy) Private(c *flow.Case) flow.Private {
	if p == nil || len(p.Personal) == 0 && !p.ID && !p.Cluster {
		return nil
	}
	return &private{policy: p, of: c}
}

// private prepares what it hides when it is first asked: most cases never are.
type private struct {
	policy *Policy
	of     *flow.Case

	once   sync.Once
	struck *Case
	values []string // the longest first
	marks  []string // aligned with values
	show   *strings.Replacer
}

func (p *private) prepare() {
	p.struck = p.policy.Of(p.of)
	type value struct{ text, mark string }
	var values []value
	for i, f := range p.of.Input.Schema.Fields() {
		if i >= len(p.of.Input.Values) || !slices.Contains(p.policy.Personal, f.Name) {
			continue
		}
		mark := "(personal: " + f.Name + ")"
		texts := leaves(nil, p.of.Input.Values[i])
		if len(texts) != 1 {
			mark = Personal // several values have no name of their own to come back by
		}
		for _, text := range texts {
			if len(text) >= shortest {
				values = append(values, value{text, mark})
			}
		}
	}
	slices.SortStableFunc(values, func(a, b value) int { return len(b.text) - len(a.text) })
	var back []string
	for _, v := range values {
		p.values, p.marks = append(p.values, v.text), append(p.marks, v.mark)
		if v.mark != Personal {
			back = append(back, v.mark, v.text)
		}
	}
	p.show = strings.NewReplacer(back...)
}

// Hide is a text with personal values replaced.
func (p *private) Hide(text string) string {
	p.once.Do(p.prepare)
	return p.hide(text, 0)
}

// hide replaces the values from the i-th on, and strikes out what is left.
func (p *private) hide(text string, i int) string {
	if text == "" {
		return ""
	}
	if i == len(p.values) {
		return p.struck.Text(text)
	}
	parts := strings.Split(text, p.values[i])
	for n := range parts {
		parts[n] = p.hide(parts[n], i+1)
	}
	return strings.Join(parts, p.marks[i])
}

// Show puts the values of the input back.
func (p *private) Show(text string) string {
	p.once.Do(p.prepare)
	return p.show.Replace(text)
}
