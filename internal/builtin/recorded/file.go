package recorded

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/builtin/table"
)

// File reads what a file says about the case.
type File struct {
	name       string
	rows       map[string][]trial // by case id, in the order of the repeats
	repeated   bool
	confidence int
	classes    flow.Texts
}

// trial is one row: its number among the repeats, the out fields, and the
// probabilities of the classes.
type trial struct {
	number          float64
	values, classes []any
}

func newFile(cfg flow.Config, c Config, take []field.Column, confidence int) (*File, error) {
	path, err := cfg.Path(*c.Table)
	if err != nil {
		return nil, err
	}
	file, err := table.Open(path)
	if err != nil {
		return nil, cfg.Errorf(c.Table.Pos, "%v", err)
	}
	var (
		errs  []error
		types = file.Types()
	)
	need := func(column flow.Text, t flow.Type) {
		if err := types.Use(column.Value, t); err != nil {
			errs = append(errs, cfg.Errorf(column.Pos, "%v", err))
		}
	}
	for i, f := range cfg.Out().Fields() {
		need(take[i].Column, f.Type)
	}
	for _, n := range c.Classes {
		need(n.Text, flow.Type{Kind: flow.Number})
	}
	need(*c.Key, flow.Type{Kind: flow.String})
	if c.Repeat != nil {
		need(*c.Repeat, flow.Type{Kind: flow.Number})
	}
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	var where field.Term
	if c.Where != nil {
		boolean := flow.Type{Kind: flow.Boolean}
		// Against all columns first, for what a message can suggest.
		if _, err := field.Compile(cfg, *c.Where, boolean, flow.Scope{Schema: types.All()}); err != nil {
			return nil, err
		}
		types.UseNames(field.Names(c.Where.Value))
		if where, err = field.Compile(cfg, *c.Where, boolean, flow.Scope{Schema: types.Used()}); err != nil {
			return nil, err
		}
	}
	want := types.Used()

	s := &File{name: c.Table.Value, rows: map[string][]trial{}, repeated: c.Repeat != nil, confidence: confidence, classes: c.Classes}
	key, repeat := want.Index(c.Key.Value), -1
	if s.repeated {
		repeat = want.Index(c.Repeat.Value)
	}
	at := make([]int, len(take))
	for i, t := range take {
		at[i] = want.Index(t.Column.Value)
	}
	err = file.Rows(want, func(row []any) error {
		if c.Where != nil {
			if ok, err := where.True(row); err != nil || !ok {
				return err
			}
		}
		id, _ := row[key].(string)
		if id == "" {
			return nil
		}
		var r trial
		if s.repeated {
			r.number, _ = row[repeat].(float64)
		} else if len(s.rows[id]) > 0 {
			return fmt.Errorf("two rows for case %q; choose between them by where, or name the column that numbers trials by repeat", id)
		}
		r.values = make([]any, len(at))
		for i, j := range at {
			r.values[i] = row[j]
		}
		for _, n := range c.Classes {
			r.classes = append(r.classes, row[want.Index(n.Text.Value)])
		}
		s.rows[id] = append(s.rows[id], r)
		return nil
	})
	if err != nil {
		return nil, cfg.Errorf(c.Table.Pos, "%v", err)
	}
	for _, trials := range s.rows {
		slices.SortStableFunc(trials, func(a, b trial) int { return cmp.Compare(a.number, b.number) })
	}
	return s, nil
}

// Recording marks the step as one whose outputs happened elsewhere.
func (s *File) Recording() {}

// Do gives what the file says about the case, or that it says nothing.
func (s *File) Do(ctx context.Context, in flow.Input) (flow.Output, error) {
	if err := ctx.Err(); err != nil {
		return flow.Output{}, err
	}
	trials := s.rows[in.Key.Case]
	if len(trials) == 0 {
		return flow.Output{}, flow.Errorf(flow.ErrNotMeasured, "case %q is not in %q", in.Key.Case, s.name)
	}
	repeat := 0
	if s.repeated {
		if repeat = in.Key.Repeat; repeat >= len(trials) {
			return flow.Output{}, flow.Errorf(flow.ErrNotMeasured, "case %q has %d trials in %q, and this is repeat %d", in.Key.Case, len(trials), s.name, repeat)
		}
	}
	values := slices.Clone(trials[repeat].values)
	return flow.Output{Values: values, Confidence: confidence(values, s.confidence, s.classes, trials[repeat].classes)}, nil
}
