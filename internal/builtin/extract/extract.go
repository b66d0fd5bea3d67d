package extract

import (
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/normalise"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Extractor finds the out fields in a text.
type Extractor struct {
	from   int // the field of in that is searched
	fields []finder
	width  int
}

// finder finds one field.
type finder struct {
	out       int
	patterns  []*pattern
	within    *pattern
	normalise normaliser
	pick      pick
	present   bool // false rather than absent
}

type pick string

const (
	first    pick = "first"
	last     pick = "last"
	least    pick = "min"
	greatest pick = "max"
)

// New compiles the patterns.
func New(cfg flow.Config) (*Extractor, error) {
	var c Config
	if err := cfg.Decode(&c); err != nil {
		return nil, err
	}
	x := &Extractor{width: cfg.Out().Len()}
	var errs []error
	from, err := source(cfg, c.From)
	errs = append(errs, err)
	x.from = from
	if c.Patterns != nil {
		if c.Fields != nil || c.Dates != nil || c.Decimal != nil || c.FixOCR {
			return nil, cfg.Errorf(c.Patterns.Pos, "patterns names a file, and the step has patterns of its own; want one of them")
		}
		if c.Rules, err = read(cfg, *c.Patterns); err != nil {
			return nil, err
		}
	}
	common := settings{order: normalise.DayFirst, fixOCR: c.FixOCR}
	errs = append(errs, common.read(cfg, c.Rules))
	for _, name := range slices.Sorted(maps.Keys(c.Fields)) {
		f := c.Fields[name]
		i := cfg.Out().Index(name)
		if i < 0 {
			if c.Patterns == nil { // a file may hold patterns of fields that this design has no use for
				errs = append(errs, field.Unknown(cfg, f.Pos, "fields", name))
			}
			continue
		}
		found, err := newFinder(cfg, cfg.Out().Fields()[i], f, common)
		if err != nil {
			errs = append(errs, err)
			continue
		}
		found.out = i
		x.fields = append(x.fields, found)
	}
	for _, f := range cfg.Out().Fields() {
		if _, ok := c.Fields[f.Name]; !ok {
			errs = append(errs, cfg.Errorf(flow.Pos{}, "no pattern for the out field %q", f.Name))
		}
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return x, nil
}

// source is the field that is searched.
func source(cfg flow.Config, from *flow.Text) (int, error) {
	in := cfg.In()
	text := func(i int) bool { k := in.Fields()[i].Type.Kind; return k == flow.String || k == flow.Any }
	if from != nil {
		i := in.Index(from.Value)
		switch {
		case i < 0:
			return 0, cfg.Errorf(from.Pos, "from: in has no %q%s", from.Value, hint(from.Value, in.Names()))
		case !text(i):
			return 0, cfg.Errorf(from.Pos, "from: %q is %s, want string", from.Value, in.Fields()[i].Type)
		}
		return i, nil
	}
	if i := in.Index("text"); i >= 0 && text(i) {
		return i, nil
	}
	var texts []int
	for i := range in.Fields() {
		if text(i) {
			texts = append(texts, i)
		}
	}
	if len(texts) != 1 {
		return 0, cfg.Errorf(flow.Pos{}, "which text is searched is not clear: in has %d, and none is called text; say from: field", len(texts))
	}
	return texts[0], nil
}

func hint(word string, choices []string) string {
	if h := diag.Suggest(word, choices); h != "" {
		return " (" + h + ")"
	}
	return ""
}

// read reads a file of patterns.
func read(cfg flow.Config, name flow.Text) (r Rules, err error) {
	data, err := cfg.ReadFile(name)
	if err != nil {
		return r, err
	}
	doc, diags := yamldoc.Parse(name.Value, data)
	if doc.Root != nil {
		doc.Decode(doc.Root, &r, &diags)
	}
	return r, diags.Err()
}

// read reads what is common to all fields.
func (s *settings) read(cfg flow.Config, r Rules) error {
	var errs []error
	if d := r.Dates; d != nil {
		if s.order = normalise.DateOrder(d.Value); s.order != normalise.DayFirst && s.order != normalise.MonthFirst {
			errs = append(errs, at(cfg, d.Pos, "unknown order of dates %q, want dmy or mdy", d.Value))
		}
	}
	if d := r.Decimal; d != nil {
		switch d.Value {
		case "point":
			s.mark = normalise.Point
		case "comma":
			s.mark = normalise.Comma
		default:
			errs = append(errs, at(cfg, d.Pos, "unknown decimal mark %q, want point or comma", d.Value))
		}
	}
	return errors.Join(errs...)
}

// at is an error at a position, which may be one of the file of patterns.
func at(cfg flow.Config, pos flow.Pos, format string, args ...any) error {
	return cfg.Errorf(pos, format, args...)
}

func newFinder(cfg flow.Config, out flow.Field, f Field, s settings) (finder, error) {
	var errs []error
	fail := func(pos flow.Pos, format string, args ...any) { errs = append(errs, at(cfg, pos, format, args...)) }
	compile := func(src flow.Text) *pattern {
		p, err := newPattern(src.Value)
		if err != nil {
			fail(src.Pos, "field %q: %v", out.Name, err)
		}
		return p
	}
	x := finder{pick: first}
	if len(f.Any) == 0 {
		fail(f.Pos, "field %q: any is empty, want at least one pattern", out.Name)
	}
	for _, src := range f.Any {
		x.patterns = append(x.patterns, compile(src))
	}
	if f.Within != nil {
		x.within = compile(*f.Within)
	}
	if f.Pick != nil {
		switch x.pick = pick(f.Pick.Value); x.pick {
		case first, last, least, greatest:
		default:
			fail(f.Pick.Pos, "field %q: unknown pick %q, want first, last, min or max", out.Name, f.Pick.Value)
		}
	}
	name, pos := defaultNormaliser(out.Type.Kind), f.Pos
	if f.As != nil {
		name, pos = f.As.Value, f.As.Pos
	}
	kinds, known := normaliserKinds[name]
	switch {
	case name == "":
		fail(pos, "field %q: no pattern gives %s", out.Name, out.Type)
	case !known:
		fail(pos, "field %q: unknown normaliser %q%s", out.Name, name, hint(name, normaliserNames()))
	case !slices.Contains(kinds, out.Type.Kind):
		fail(pos, "field %q: %s gives %s, and out wants %s", out.Name, name, kinds[0], out.Type)
	}
	for _, word := range slices.Sorted(maps.Values(f.Map)) {
		if why := out.Type.Check(word); out.Type.Kind == flow.Enum && why != "" {
			fail(f.Pos, "field %q: map: %s", out.Name, why)
		}
	}
	if f.FixOCR != nil {
		s.fixOCR = *f.FixOCR
	}
	x.present = name == "present"
	x.normalise = newNormaliser(name, out.Type, s)
	if len(f.Map) > 0 {
		x.normalise = mapped(f.Map, x.normalise)
	}
	return x, errors.Join(errs...)
}

// Do searches the text for each field.
func (x *Extractor) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	values := make([]any, x.width)
	text, ok := in.Values[x.from].(string)
	if !ok && in.Values[x.from] != nil {
		return flow.Output{}, flow.Errorf(flow.ErrMalformed, "%q is %s, want a text", in.Schema.Fields()[x.from].Name, fmt.Sprintf("a %T", in.Values[x.from]))
	}
	d := &document{text: plainLines(text)}
	for i := range x.fields {
		if err := ctx.Err(); err != nil {
			return flow.Output{}, err
		}
		f := &x.fields[i]
		values[f.out] = f.find(d)
	}
	return flow.Output{Values: values}, nil
}

// find is the field's value, nil where there is none.
func (f *finder) find(d *document) any {
	var best any
	if f.present {
		best = false
	}
	if f.within != nil {
		inner, found := "", false
		f.within.matches(d, func(s string) bool { inner, found = s, true; return false })
		if !found {
			return best
		}
		d = &document{text: inner}
	}
	for _, p := range f.patterns {
		hit := false
		p.matches(d, func(s string) bool {
			v, ok := f.normalise(s)
			if !ok {
				return true
			}
			hit = true
			switch {
			case f.pick == first, f.pick == last, best == nil,
				f.pick == least && less(v, best), f.pick == greatest && less(best, v):
				best = v
			}
			return f.pick != first
		})
		if hit && (f.pick == first || f.pick == last) {
			return best
		}
	}
	return best
}
