// Package classify is the step kind `classify`: a text and tabular classifier
// that is trained inside the tool.
package classify

import (
	"fmt"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/learn"
)

// Config is the part of a design file that belongs to the kind.
type Config struct {
	// Learn is the gold value to learn: an outcome field, or step.field.
	Learn flow.Text `yaml:"learn"`
	// Features say how fields of `in` are read, where their type does not
	// tell: text, category, number or none.
	Features flow.Texts `yaml:"features,omitempty"`
	// NoneBelow is the calibrated probability of the likeliest class below
	// which the answer is None.
	NoneBelow *float64 `yaml:"none_below"`
	// None is the answer 'none of these'.
	None *flow.Text `yaml:"none"`
	// Settings of the training; each has a default.
	Settings Settings `yaml:"settings,omitempty"`
}

// Settings decide how the classifier is trained.
type Settings struct {
	Words        []int    `yaml:"words,omitempty" jsonschema:"description=shortest and longest word n-gram; default 1 and 2"`
	Chars        []int    `yaml:"chars,omitempty" jsonschema:"description=shortest and longest character n-gram; default 2 and 5"`
	MinRows      *int     `yaml:"min_rows" jsonschema:"description=cases that an n-gram must occur in; default 1"`
	Bins         *int     `yaml:"bins" jsonschema:"description=quantile bins of a number; default 16"`
	HashBits     *int     `yaml:"hash_bits" jsonschema:"description=size of the space of n-grams as a power of two; default 22"`
	L2           *float64 `yaml:"l2" jsonschema:"description=penalty on weights; default 0.1"`
	Epochs       *int     `yaml:"epochs" jsonschema:"description=passes over the training cases; default 20"`
	LearningRate *float64 `yaml:"learning_rate" jsonschema:"description=first step of the optimiser; default 0.5"`
	Balanced     bool     `yaml:"balanced,omitempty" jsonschema:"description=rare classes count as much as common ones"`
	Seed         *uint64  `yaml:"seed" jsonschema:"description=order of the training cases; default 1"`
}

// Kind makes steps of kind classify.
func Kind() flow.StepKind {
	return flow.StepKind{
		Doc: "A text and tabular classifier: hashed word and character n-grams, categories and numbers, a multinomial logistic regression, trained on the training split and calibrated on the calibration split. " +
			"`learn: decision` names the gold value, an outcome field or step.field; every field of `in` is a feature by its type, or as `features: {channel: category, sender: text}` says. " +
			"Out holds the answer under the learnt field's name (or the only text or enum), and may hold confidence: probability, second: string and second_confidence: probability. " +
			"With `none_below: 0.4` and `none: oos` an answer less likely than that becomes oos, with the chance that the likeliest class was wrong as its confidence.",
		Role:   flow.Work,
		Actor:  flow.AI,
		Config: (*Config)(nil),
		New:    func(cfg flow.Config) (flow.Step, error) { return New(cfg) },
	}
}

// New makes a classifier that has learnt nothing yet.
func New(cfg flow.Config) (*Classifier, error) {
	var c Config
	if err := cfg.Decode(&c); err != nil {
		return nil, err
	}
	r := reader{Faults: field.Faults{Config: cfg}, c: c}
	s := &Classifier{step: cfg.Step(), target: c.Learn.Value, out: r.outputs(), columns: r.columns(), settings: r.settings()}
	r.target()
	s.none, s.below = r.none(s.out)
	if err := r.Err(); err != nil {
		return nil, err
	}
	return s, nil
}

// reader reads a configuration, collecting what is wrong with it.
type reader struct {
	field.Faults
	c Config
}

// target checks what is learnt, as far as this step can see: another step's
// field is for whoever knows the steps.
func (r *reader) target() {
	name := r.c.Learn.Value
	if strings.Contains(name, ".") || r.c.Learn.Pos.Line == 0 && name == "" {
		return
	}
	o := r.Config.Outcome()
	i := o.Index(name)
	if i < 0 {
		r.Fail(r.c.Learn.Pos, "learn: the outcome has no %q%s", name, field.Suggest(name, o.Names()))
		return
	}
	switch t := o.Fields()[i].Type; t.Kind {
	case flow.String, flow.Enum, flow.Boolean:
	default:
		r.Fail(r.c.Learn.Pos, "learn: %q is %s, and a classifier learns an enum, a string or a boolean", name, t)
	}
}

// outputs finds what each out field is for.
func (r *reader) outputs() outputs {
	o := outputs{answer: -1, confidence: -1, second: -1, secondConfidence: -1, schema: r.Config.Out()}
	name := r.c.Learn.Value[strings.LastIndexByte(r.c.Learn.Value, '.')+1:]
	o.answer = o.schema.Index(name)
	var others []string
	for i, f := range o.schema.Fields() {
		number := f.Type.Kind == flow.Probability || f.Type.Kind == flow.Number
		label := f.Type.Kind == flow.String || f.Type.Kind == flow.Enum || f.Type.Kind == flow.Boolean
		switch {
		case i == o.answer && label:
		case f.Name == "confidence" && number:
			o.confidence = i
		case f.Name == "second" && label:
			o.second = i
		case f.Name == "second_confidence" && number:
			o.secondConfidence = i
		case o.answer < 0 && label:
			o.answer = i
		default:
			others = append(others, fmt.Sprintf("%s: %s", f.Name, f.Type))
		}
	}
	if o.answer < 0 {
		r.Fail(flow.Pos{}, "out has no field for the answer, want %s: outcome.%s or a string", name, name)
	}
	for _, other := range others {
		r.Fail(flow.Pos{}, "a classifier gives no %q, want the answer, confidence: probability, second: string or second_confidence: probability", other)
	}
	return o
}

var featureNames = []string{"text", "category", "number", "none"}

// columns are the features, aligned with in.
func (r *reader) columns() []feature {
	said := map[string]flow.Text{}
	for _, n := range r.c.Features {
		if r.Config.In().Index(n.Name) < 0 {
			r.Fail(n.Pos, "features: in has no %q%s", n.Name, field.Suggest(n.Name, r.Config.In().Names()))
		} else if !slices.Contains(featureNames, n.Text.Value) {
			r.Fail(n.Text.Pos, "features: unknown kind %q, want text, category, number or none", n.Text.Value)
		}
		said[n.Name] = n.Text
	}
	var out []feature
	used := 0
	for i, f := range r.Config.In().Fields() {
		kind := map[flow.Kind]string{flow.String: "text", flow.Enum: "category", flow.Boolean: "category",
			flow.Number: "number", flow.Integer: "number", flow.Probability: "number"}[f.Type.Kind]
		word, explicit := said[f.Name]
		if explicit {
			if fits := map[string]bool{"none": true, "text": kind == "text" || f.Type.Kind == flow.Enum, "category": kind != "", "number": kind == "number"}; !fits[word.Value] && slices.Contains(featureNames, word.Value) {
				r.Fail(word.Pos, "features: %q is %s, which is no %s", f.Name, f.Type, word.Value)
			}
			kind = word.Value
		}
		switch kind {
		case "text":
			out = append(out, feature{index: i, column: learn.Column{Name: f.Name, Kind: learn.Text}})
		case "category":
			out = append(out, feature{index: i, column: learn.Column{Name: f.Name, Kind: learn.Category}})
		case "number":
			out = append(out, feature{index: i, column: learn.Column{Name: f.Name, Kind: learn.Number}})
		case "":
			r.Fail(flow.Pos{}, "%q is %s, which is no feature; compute a number or a text from it, or say features: {%s: none}", f.Name, f.Type, f.Name)
		}
		if kind != "none" {
			used++
		}
	}
	if used == 0 {
		r.Fail(flow.Pos{}, "in has no feature to learn from")
	}
	return out
}

// settings are the defaults with what the design says otherwise.
func (r *reader) settings() learn.Settings {
	s, c := learn.DefaultSettings(), r.c.Settings
	r.grams("words", c.Words, &s.WordMin, &s.WordMax)
	r.grams("chars", c.Chars, &s.CharMin, &s.CharMax)
	set(&s.MinRows, c.MinRows)
	set(&s.Bins, c.Bins)
	set(&s.HashBits, c.HashBits)
	set(&s.L2, c.L2)
	set(&s.Epochs, c.Epochs)
	set(&s.LearningRate, c.LearningRate)
	set(&s.Seed, c.Seed)
	s.Balanced = c.Balanced
	if err := s.Check(); err != nil {
		r.Fail(flow.Pos{}, "settings: %v", err)
	}
	return s
}

func set[T any](to *T, from *T) {
	if from != nil {
		*to = *from
	}
}

func (r *reader) grams(name string, given []int, from, to *int) {
	switch len(given) {
	case 0:
	case 2:
		*from, *to = given[0], given[1]
	default:
		r.Fail(flow.Pos{}, "settings: %s wants the shortest and the longest n-gram, such as [1, 2]", name)
	}
}

// none is the answer for cases that are none of the classes, and the limit
// under which it is given.
func (r *reader) none(o outputs) (string, float64) {
	switch {
	case r.c.None == nil && r.c.NoneBelow == nil:
		return "", 0
	case r.c.None == nil:
		r.Fail(flow.Pos{}, "none_below needs none: the answer that is then given")
		return "", 0
	case r.c.NoneBelow == nil:
		r.Fail(r.c.None.Pos, "none needs none_below: the probability below which it is given")
		return "", 0
	case !(*r.c.NoneBelow > 0 && *r.c.NoneBelow <= 1):
		r.Fail(r.c.None.Pos, "none_below is %v, want a probability above 0", *r.c.NoneBelow)
	}
	if o.answer >= 0 {
		if why := o.schema.Fields()[o.answer].Type.Check(r.c.None.Value); why != "" {
			r.Fail(r.c.None.Pos, "none: %s", why)
		}
	}
	return r.c.None.Value, *r.c.NoneBelow
}
