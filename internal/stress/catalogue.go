package stress

import (
	"context"
	"errors"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// builtin are the built-in faults for a design, in the order of reports.
func builtin(p *design.Plan) []Fault {
	groups := []struct {
		group  Group
		faults []Fault
	}{
		{Data, dataFaults()}, {Context, contextFaults()}, {People, peopleFaults()}, {Systems, systemFaults(p)}, {Hostile, hostileFaults()},
	}
	var out []Fault
	for _, g := range groups {
		for _, f := range g.faults {
			f.Group = g.group
			out = append(out, f)
		}
	}
	return out
}

// Names are the names of the built-in faults. Outages are not among them: there
// is one for every system that a design asks, outage:erp.
func Names() []string { return NamesFor(&design.Plan{}) }

// NamesFor are the names of the built-in faults for a design, with its outages.
func NamesFor(p *design.Plan) []string {
	var out []string
	for _, f := range builtin(p) {
		out = append(out, f.Name)
	}
	return out
}

// Choose gives the faults that a file asks for of a design, compiled, in the
// order of reports, and what ends the programs that it started. Only are names, or beginnings with a star, in the place of the
// file's own choice; nil for that.
func Choose(ctx context.Context, f *File, only []string, p *design.Plan, r *flow.Registry) (faults []Fault, closeAll func() error, err error) {
	closeAll = func() error {
		var errs []error
		for i := range faults {
			if faults[i].close != nil {
				errs = append(errs, faults[i].close())
			}
		}
		return errors.Join(errs...)
	}
	chosen := func(string) bool { return true }
	switch {
	case only != nil:
		chosen = func(name string) bool {
			return slices.ContainsFunc(only, func(o string) bool { return Matches(o, name) })
		}
	case f.Faults != nil:
		chosen = func(name string) bool {
			return slices.ContainsFunc(f.Faults, func(t flow.Text) bool { return Matches(t.Value, name) })
		}
	}
	for _, b := range builtin(p) {
		if !chosen(b.Name) {
			continue
		}
		for _, at := range f.at {
			if Matches(at.fault, b.Name) {
				b.Strengths = at.list
			}
		}
		faults = append(faults, b)
	}
	var problems diag.List
	for i := range f.own {
		if only != nil && !chosen(f.own[i].keys.Name.Value) {
			continue
		}
		own, err := f.own[i].fault(ctx, p, r)
		if list := diag.List(nil); errors.As(err, &list) {
			problems = append(problems, list...)
			continue
		}
		if err != nil {
			return nil, nil, errors.Join(err, closeAll())
		}
		faults = append(faults, *own)
	}
	if err := problems.Sort().Err(); err != nil {
		return nil, nil, errors.Join(err, closeAll())
	}
	return faults, closeAll, nil
}

// OwnNames are the names of a file's own faults.
func (f *File) OwnNames() []string {
	var out []string
	for i := range f.own {
		out = append(out, f.own[i].keys.Name.Value)
	}
	return out
}
