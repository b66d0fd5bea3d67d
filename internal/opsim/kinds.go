package opsim

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// nameKinds finds the kinds of cases that are told apart: the stated ones, or
// those reasons of a run's escalations that the scenario names.
func (pl *plan) nameKinds() error {
	sc := pl.sc
	if sc.Cases != nil {
		for _, k := range sc.Cases.Kinds {
			pl.kinds = append(pl.kinds, k.Name)
		}
	} else {
		named, err := pl.namedReasons()
		if err != nil {
			return err
		}
		pl.kinds = append(named, "")
	}
	for _, kind := range pl.kinds {
		due := math.Inf(1)
		for _, d := range sc.Due {
			if d.Kind == kind || d.Kind == "" && math.IsInf(due, 1) {
				due = d.Within.Hours()
			}
		}
		pl.due = append(pl.due, due)
	}
	return nil
}

// namedReasons are the reasons that the scenario names, all of which some case
// is escalated for.
func (pl *plan) namedReasons() ([]string, error) {
	has := map[string]bool{}
	for _, d := range pl.profile.Designs {
		for _, e := range d.entries {
			if e.team != "" {
				has[e.kind] = true
			}
		}
	}
	var out []string
	add := func(name string, other []scenario.Other) error {
		if slices.Contains(out, name) || slices.ContainsFunc(other, func(o scenario.Other) bool { return o.Name == name }) {
			return nil
		}
		if !has[name] {
			return fmt.Errorf("no case is escalated because of %q (there is: %s)", name, strings.Join(slices.Sorted(maps.Keys(has)), ", "))
		}
		out = append(out, name)
		return nil
	}
	for i := range pl.sc.Teams {
		t := &pl.sc.Teams[i]
		names := append(slices.Clone(t.Priority), slices.Sorted(maps.Keys(t.MinutesOf))...)
		for _, m := range t.Members {
			names = append(names, m.Skills...)
		}
		for _, name := range names {
			if err := add(name, t.Other); err != nil {
				return nil, err
			}
		}
	}
	for _, d := range pl.sc.Due {
		if d.Kind != "" {
			if err := add(d.Kind, nil); err != nil {
				return nil, err
			}
		}
	}
	if level := pl.sc.Service; level != nil {
		for _, own := range level.Of {
			if err := add(own.Kind, nil); err != nil {
				return nil, err
			}
		}
	}
	return out, nil
}

// kindOf is the index of a case's kind.
func (pl *plan) kindOf(name string) int32 {
	if i := slices.Index(pl.kinds, name); i >= 0 {
		return int32(i)
	}
	return int32(len(pl.kinds) - 1) // the rest
}
