// Package recorded is the step kind `recorded`: outputs that already happened
// elsewhere, read from the case's recorded columns or from a file.
package recorded

import (
	"cmp"
	"context"
	"errors"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
)

// Config is the part of a design file that belongs to the kind.
type Config struct {
	// Take maps out fields to columns; a field that is not there is the
	// column of its own name.
	Take flow.Texts `yaml:"take,omitempty"`
	// Confidence is the out field that says how sure the answer is.
	Confidence *flow.Text `yaml:"confidence,omitempty"`
	// Classes are the columns of the probability of every answer, by the
	// answer; they go with the confidence.
	Classes flow.Texts `yaml:"classes,omitempty"`
	// Table is the file to read: CSV, JSONL or Parquet. Without it the
	// columns are those that the dataset's card records.
	Table *flow.Text `yaml:"table,omitempty"`
	// Key is the table's column of case ids.
	Key *flow.Text `yaml:"key,omitempty"`
	// Repeat is the table's column that numbers the trials of a case. The
	// repeats of a case are its rows in ascending order of that number.
	Repeat *flow.Text `yaml:"repeat,omitempty"`
	// Where chooses rows of the table by conditions on its columns.
	Where *flow.Text `yaml:"where,omitempty"`
}

// Kind makes steps of kind recorded.
func Kind() flow.StepKind {
	return flow.StepKind{
		Doc: "Outputs that already happened elsewhere: a shadow log, another tool's results. Out fields are read from the case's recorded columns of the same name, or as `take: {field: column}` says. " +
			"With `table` and `key` they are read from a file (CSV, JSONL, Parquet; gzip and zstd too) by case id, of the rows that meet `where: design == \"a\"`, one a repeat where `repeat` names the column that numbers them. " +
			"A case that was not recorded is not measured. `confidence` names the out field that says how sure the answer was, and `classes: {answer: column}` the columns of the probability of every answer.",
		Role:   flow.Work,
		Actor:  flow.AI,
		Config: (*Config)(nil),
		New:    New,
	}
}

// New makes a step that reads the case's columns, or a file.
func New(cfg flow.Config) (flow.Step, error) {
	var c Config
	if err := cfg.Decode(&c); err != nil {
		return nil, err
	}
	var errs []error
	confidence := -1
	if c.Confidence != nil {
		confidence = cfg.Out().Index(c.Confidence.Value)
		if confidence < 0 {
			errs = append(errs, field.Unknown(cfg, c.Confidence.Pos, "confidence", c.Confidence.Value))
		} else if t := cfg.Out().Fields()[confidence].Type; t.Kind != flow.Number && t.Kind != flow.Probability {
			errs = append(errs, cfg.Errorf(c.Confidence.Pos, "confidence: %q is %s, want a probability or a number", c.Confidence.Value, t))
		}
	}
	if len(c.Classes) > 0 && c.Confidence == nil {
		errs = append(errs, cfg.Errorf(c.Classes[0].Pos, "classes go with a confidence, and the step names none"))
	}
	take, err := field.Columns(cfg, c.Take)
	errs = append(errs, err)
	if c.Table == nil {
		for _, t := range []struct {
			key  string
			text *flow.Text
		}{{"key", c.Key}, {"repeat", c.Repeat}, {"where", c.Where}} {
			if t.text != nil {
				errs = append(errs, cfg.Errorf(t.text.Pos, "%s is for a table, and the step names none", t.key))
			}
		}
	} else if c.Key == nil {
		errs = append(errs, cfg.Errorf(c.Table.Pos, "missing key %q: the column of case ids in the table", "key"))
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	if c.Table != nil {
		return newFile(cfg, c, take, confidence)
	}
	s := &Columns{out: cfg.Out(), confidence: confidence, classes: c.Classes}
	var fields []flow.Field
	for _, n := range c.Classes {
		if !slices.ContainsFunc(fields, func(f flow.Field) bool { return f.Name == n.Text.Value }) {
			fields = append(fields, flow.Field{Name: n.Text.Value, Type: flow.Type{Kind: flow.Probability, Optional: true}})
		}
	}
	for i, t := range take {
		name := t.Column.Value
		s.take = append(s.take, name)
		if !slices.ContainsFunc(fields, func(f flow.Field) bool { return f.Name == name }) {
			as := cfg.Out().Fields()[i].Type
			as.Optional = true
			fields = append(fields, flow.Field{Name: name, Type: as})
		}
	}
	s.recorded = flow.NewSchema(fields...)
	return s, nil
}

// Columns reads a case's recorded columns.
type Columns struct {
	out        *flow.Schema
	recorded   *flow.Schema
	take       []string // aligned with out
	confidence int      // in out; -1 for none
	classes    flow.Texts
}

// RecordedFields are the columns that the step reads.
func (s *Columns) RecordedFields() *flow.Schema { return s.recorded }

// Do gives the recorded values.
func (s *Columns) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	values := make([]any, len(s.take))
	some := false
	for i, column := range s.take {
		at := in.Recorded.Schema.Index(column)
		if at < 0 {
			return flow.Output{}, flow.Errorf(flow.ErrNotMeasured, "the case has no recorded column %q", column)
		}
		v := convert(in.Recorded.Values[at], s.out.Fields()[i].Type.Kind)
		values[i] = v
		some = some || v != nil
	}
	if !some {
		return flow.Output{}, flow.Errorf(flow.ErrNotMeasured, "nothing was recorded for the case")
	}
	classes := make([]any, len(s.classes))
	for i, n := range s.classes {
		if at := in.Recorded.Schema.Index(n.Text.Value); at >= 0 {
			classes[i] = in.Recorded.Values[at]
		}
	}
	return flow.Output{Values: values, Confidence: confidence(values, s.confidence, s.classes, classes)}, nil
}

// convert fits numbers to whole numbers and the other way round, since a
// file knows no difference; everything else is for the contract to judge.
func convert(v any, kind flow.Kind) any {
	switch x := v.(type) {
	case int64:
		if kind == flow.Number || kind == flow.Probability {
			return float64(x)
		}
	case float64:
		if kind == flow.Integer && x == float64(int64(x)) {
			return int64(x)
		}
	}
	return v
}

// mostClasses is how many classes a confidence holds, the most likely first.
const mostClasses = 10

// confidence is that of the field at index i, if there is one, with the
// probabilities of the classes that have one.
func confidence(values []any, i int, names flow.Texts, classes []any) *flow.Confidence {
	if i < 0 {
		return nil
	}
	x, ok := values[i].(float64)
	if !ok {
		return nil
	}
	c := &flow.Confidence{Raw: x, Calibrated: x}
	for j, n := range names {
		if p, ok := classes[j].(float64); ok {
			c.Classes = append(c.Classes, flow.Class{Name: n.Name, P: p})
		}
	}
	slices.SortStableFunc(c.Classes, func(a, b flow.Class) int { return cmp.Compare(b.P, a.P) })
	c.Classes = c.Classes[:min(len(c.Classes), mostClasses)]
	return c
}
