package promote

import (
	"cmp"
	"fmt"
	"iter"
	"slices"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
)

// Diff is what another config does otherwise with the same cases.
type Diff struct {
	Trials  int      // in both
	Differ  int      // that came to something else
	Changes []Change // the most frequent first
}

// Change is one way in which trials came to something else.
type Change struct {
	From, To string
	Cases    []string // in order; one with repeats stands for each
}

// behaviour is what becomes of a case, as far as somebody can tell.
type behaviour struct {
	status flow.Status
	team   string
	values []string // of the outcome, as canonical JSON; nil unless automated
}

// trialKey tells the trials of one design apart.
type trialKey struct {
	name   string
	repeat int
}

// Compare holds trials of one design against those of another on the same
// cases. Personal values are not told: of an outcome only fields that are an
// enum are shown by value. It is an error where one has trials that the other
// has not.
func Compare(before, after iter.Seq2[*flow.Trial, error], outcome *flow.Schema) (*Diff, error) {
	was := map[trialKey]behaviour{}
	for t, err := range before {
		if err != nil {
			return nil, err
		}
		was[trialKey{t.Case, t.Repeat}] = behaviourOf(t, outcome)
	}
	out := &Diff{}
	at := map[[2]string]int{}
	for t, err := range after {
		if err != nil {
			return nil, err
		}
		key := trialKey{t.Case, t.Repeat}
		from, ok := was[key]
		if !ok {
			return nil, fmt.Errorf("case %q was not replayed before, so that nothing can be said of it", t.Case)
		}
		delete(was, key)
		out.Trials++
		to := behaviourOf(t, outcome)
		if from.same(to) {
			continue
		}
		out.Differ++
		a, b := told(from, to, outcome)
		i, ok := at[[2]string{a, b}]
		if !ok {
			i = len(out.Changes)
			at[[2]string{a, b}] = i
			out.Changes = append(out.Changes, Change{From: a, To: b})
		}
		out.Changes[i].Cases = append(out.Changes[i].Cases, t.Case)
	}
	if len(was) > 0 {
		return nil, fmt.Errorf("%d trials were replayed before and not now, so that nothing can be said of them", len(was))
	}
	slices.SortStableFunc(out.Changes, func(a, b Change) int {
		return cmp.Or(len(b.Cases)-len(a.Cases), strings.Compare(a.From, b.From), strings.Compare(a.To, b.To))
	})
	return out, nil
}

// Of are the trials of one design as written.
func Of(trials iter.Seq2[*flow.Trial, error], design string) iter.Seq2[*flow.Trial, error] {
	return func(yield func(*flow.Trial, error) bool) {
		for t, err := range trials {
			if (err != nil || t.Design == design && t.Variant == "") && !yield(t, err) {
				return
			}
		}
	}
}

func behaviourOf(t *flow.Trial, outcome *flow.Schema) behaviour {
	b := behaviour{status: t.Status, team: t.Team}
	if t.Outcome == nil {
		return b
	}
	for i, f := range outcome.Fields() {
		one := flow.NewSchema(f)
		b.values = append(b.values, string(flow.AppendJSON(nil, one, t.Outcome[i:i+1])))
	}
	return b
}

func (b behaviour) same(o behaviour) bool {
	return b.status == o.status && b.team == o.team && slices.Equal(b.values, o.values)
}

// told are two behaviours in words, with the fields that differ.
func told(from, to behaviour, outcome *flow.Schema) (a, b string) {
	a, b = from.ending(), to.ending()
	var x, y []string
	for i, f := range outcome.Fields() {
		switch {
		case from.values != nil && to.values != nil && from.values[i] == to.values[i]:
		case len(f.Type.Enum) > 0:
			x, y = append(x, from.field(i, f.Name)...), append(y, to.field(i, f.Name)...)
		case from.values != nil && to.values != nil:
			y = append(y, "another "+f.Name)
		}
	}
	return strings.Join(append([]string{a}, x...), ", "), strings.Join(append([]string{b}, y...), ", ")
}

func (b behaviour) ending() string {
	if b.team == "" {
		return string(b.status)
	}
	return string(b.status) + " to " + b.team
}

// field is a field's value in words; nothing where there is no outcome.
func (b behaviour) field(i int, name string) []string {
	if b.values == nil {
		return nil
	}
	// {"name":"value"}, or {} for an absent one.
	_, value, ok := strings.Cut(strings.Trim(b.values[i], "{}"), ":")
	if !ok || value == "null" {
		return []string{"no " + name}
	}
	return []string{name + " " + strings.Trim(value, `"`)}
}
