package scenario

import (
	"fmt"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// ref is a name of a team, or of a kind of cases or other work of a team.
type ref struct {
	name string
	pos  flow.Pos
	kind bool
	team string // whose other work it may be
}

// mention notes a kind of cases, or other work of the team, that is named.
func (l *loader) mention(t *Team, text *flow.Text) {
	if said(text) {
		l.refs = append(l.refs, ref{name: text.Value, pos: text.Pos, kind: true, team: t.Name})
	}
}

// refer checks names, once all that can be named is known. The kinds of a
// run's cases are known only when it is read.
func (l *loader) refer() {
	var teams, kinds []string
	for i := range l.sc.Teams {
		teams = append(teams, l.sc.Teams[i].Name)
	}
	if l.sc.Cases != nil {
		for _, k := range l.sc.Cases.Kinds {
			if k.Name != "" {
				kinds = append(kinds, k.Name)
			}
		}
	}
	for _, r := range l.refs {
		switch {
		case !r.kind:
			if !slices.Contains(teams, r.name) {
				l.diags.Add(r.pos, fmt.Sprintf("there is no team %q", r.name), diag.Suggest(r.name, teams))
			}
		case l.sc.Cases != nil:
			known := slices.Clone(kinds)
			if i := l.sc.TeamIndex(r.team); i >= 0 {
				for _, o := range l.sc.Teams[i].Other {
					known = append(known, o.Name)
				}
			}
			if !slices.Contains(known, r.name) {
				l.diags.Add(r.pos, fmt.Sprintf("there is no kind of cases %q", r.name), diag.Suggest(r.name, known))
			}
		}
	}
	l.knownMinutes()
}

// knownMinutes wants every team that gets stated cases to have minutes for
// them, and takes the workflow's usual ones where it states none.
func (l *loader) knownMinutes() {
	if l.sc.Cases == nil {
		return
	}
	checked := map[string]bool{}
	check := func(s Share, kind string) {
		i := l.sc.TeamIndex(s.Team)
		if i < 0 || checked[s.Team+"\x00"+kind] || l.wrong[s.Team] {
			return
		}
		checked[s.Team+"\x00"+kind] = true
		t := &l.sc.Teams[i]
		switch {
		case t.Minutes != nil || t.MinutesOf[kind] != nil:
		case t.Usual > 0:
			t.Minutes = &Distribution{Name: "fixed", Mean: t.Usual}
		default:
			l.diags.Add(s.Pos, fmt.Sprintf("nothing says how long team %q works on a case", s.Team), "give the team minutes: 20, or {distribution: exponential, mean: 20}")
		}
	}
	for _, k := range l.sc.Cases.Kinds {
		for _, s := range k.Escalated {
			check(s, k.Name)
		}
		if c := l.sc.Cases.Confidence; k.Sorted {
			check(Share{Team: c.Team, Pos: c.Pos}, k.Name)
		}
		for i := range l.sc.Teams {
			for _, s := range l.sc.Teams[i].Then {
				check(s, k.Name)
			}
		}
	}
}
