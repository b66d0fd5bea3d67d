package system

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// currencies says which members' money cannot be added up.
func (l *loader) currencies() {
	s := l.s
	if s.Currency == "" {
		s.Currency = s.Members[0].Workflow.Currency
	}
	for _, m := range s.Members {
		if c := m.Workflow.Currency; c != "" && c != s.Currency && m.Exchange == 1 {
			l.diags.Add(m.Pos, fmt.Sprintf("workflow %q counts in %s, and the system in %s", m.Name, c, s.Currency), fmt.Sprintf("say what one %s is: exchange: 1.1", c))
		}
	}
}

// teams reads the shared teams and puts them into the members.
func (l *loader) teams(n *yaml.Node) {
	for k, v := range yamldoc.Pairs(n) {
		var keys teamKeys
		before := len(*l.diags)
		l.doc.Decode(v, &keys, l.diags)
		if len(*l.diags) > before {
			continue
		}
		t := Team{Name: k.Value, Pos: l.doc.Pos(k), Is: map[string]string{}, People: -1, Wage: -1}
		switch people := l.number(keys.People, "people", 0, 1e9); {
		case len(*l.diags) > before:
		case people != math.Trunc(people):
			l.diags.Add(keys.People.Pos, fmt.Sprintf(`"people" is %q, want a whole number`, keys.People.Value), "")
		default:
			t.People = int(people)
		}
		if keys.Wage != nil {
			w := *keys.Wage
			w.Value = strings.TrimSuffix(w.Value, "/h")
			before = len(*l.diags)
			if wage := l.number(w, "wage", 0, 1e9); len(*l.diags) == before {
				t.Wage = wage
			}
		}
		l.shared(&t, keys.Is)
		l.s.Teams = append(l.s.Teams, t)
	}
}

// shared finds a team in the members and states it there: by the name that is
// is given for a workflow, else by its own.
func (l *loader) shared(t *Team, is flow.Texts) {
	for _, e := range is {
		m := l.s.Member(e.Name)
		if m == nil {
			l.diags.Add(e.Pos, fmt.Sprintf("%q is none of the system's workflows", e.Name), "")
			continue
		}
		if _, ok := m.Workflow.Team(e.Text.Value); !ok {
			var names []string
			for _, have := range m.Workflow.Teams {
				names = append(names, have.Name)
			}
			l.diags.Add(e.Text.Pos, fmt.Sprintf("workflow %q has no team %q", m.Name, e.Text.Value), diag.Suggest(e.Text.Value, names))
			continue
		}
		t.Is[m.Name] = e.Text.Value
	}
	for _, m := range l.s.Members {
		if _, own := m.Workflow.Team(t.Name); own && t.Is[m.Name] == "" {
			t.Is[m.Name] = t.Name
			l.alike(*t, m)
		}
	}
	if len(t.Is) < 2 && l.diags.Err() == nil {
		l.diags.Add(t.Pos, fmt.Sprintf("team %q works for %d of the workflows", t.Name, len(t.Is)), "a shared team works for two or more: is: {claims: adjusters, invoice: ap_clerks}")
	}
	for name, called := range t.Is {
		w := l.s.Member(name).Workflow
		i := slices.IndexFunc(w.Teams, func(have design.Team) bool { return have.Name == called })
		if t.People >= 0 {
			w.Teams[i].People = t.People
		}
		if t.Wage >= 0 {
			w.Teams[i].Wage = t.Wage / l.s.Member(name).Exchange
		}
	}
}

// alike refuses a workflow that states a shared team of the same name in
// another way: one team has one size and one wage. What is below 0 was not
// stated, or is refused already.
func (l *loader) alike(t Team, m *Member) {
	own, _ := m.Workflow.Team(t.Name)
	if t.People >= 0 && own.People != t.People {
		l.contradiction(t.Pos, fmt.Sprintf("team %q has %d people here and %d in workflow %q", t.Name, t.People, own.People, m.Name), own.Pos)
	}
	if wage := own.Wage * m.Exchange; own.Wage > 0 && t.Wage >= 0 && wage != t.Wage {
		l.contradiction(t.Pos, fmt.Sprintf("team %q earns %v here and %v in workflow %q", t.Name, t.Wage, wage, m.Name), own.Pos)
	}
}

func (l *loader) contradiction(at flow.Pos, message string, other flow.Pos) {
	l.diags.Add(at, message, "one team has one size and one wage: see "+other.String())
}

// sameTeams refuses teams of one name that workflows state differently, where
// the system does not state them.
func (l *loader) sameTeams() {
	type stated struct {
		design.Team
		wage float64
		in   string
	}
	seen := map[string]stated{}
	for _, m := range l.s.Members {
		for _, t := range m.Workflow.Teams {
			if slices.ContainsFunc(l.s.Teams, func(s Team) bool { return s.Is[m.Name] == t.Name }) {
				continue
			}
			now := stated{t, t.Wage * m.Exchange, m.Name}
			first, again := seen[t.Name]
			if !again {
				seen[t.Name] = now
			} else if first.People != now.People || first.wage != now.wage {
				l.diags.Add(m.Pos, fmt.Sprintf("team %q has %d people at %v an hour in workflow %q, and %d at %v in workflow %q", t.Name, first.People, first.wage, first.in, now.People, now.wage, now.in), "one team has one size and one wage: state it once under teams")
			}
		}
	}
}

// rules reads the shared rules.
func (l *loader) rules(n *yaml.Node) {
	for k, v := range yamldoc.Pairs(n) {
		var keys ruleKeys
		before := len(*l.diags)
		l.doc.Decode(v, &keys, l.diags)
		if len(*l.diags) > before {
			continue
		}
		r := Rule{Name: k.Value, Pos: l.doc.Pos(k), Params: map[string]string{}}
		for _, p := range keys.Params {
			r.Params[p.Name] = p.Text.Value
		}
		switch {
		case (keys.Value == nil) == (keys.Differs == nil):
			l.diags.Add(r.Pos, fmt.Sprintf("rule %q wants value, or differs", r.Name), "value: 500 states it once; differs: says why workflows have their own")
		case keys.Value != nil:
			r.Value = keys.Value.Value
		default:
			if r.Differs = strings.TrimSpace(keys.Differs.Value); r.Differs == "" {
				l.diags.Add(keys.Differs.Pos, fmt.Sprintf("rule %q differs without a reason", r.Name), "")
			}
		}
		l.s.Rules = append(l.s.Rules, r)
	}
	for _, name := range sortedNames(l.set) {
		if !slices.ContainsFunc(l.s.Rules, func(r Rule) bool { return r.Name == name && r.Value != "" }) {
			l.diags.Add(l.doc.Pos(l.doc.Root), fmt.Sprintf("the system states no rule %q", name), "")
		}
	}
}

// param is what a rule is called among the params of a member's design, and
// whether it has it.
func (l *loader) param(r Rule, workflow string, p *design.Plan) (string, bool) {
	name, said := r.Params[workflow]
	if !said {
		if len(r.Params) > 0 {
			return "", false
		}
		name = r.Name
	}
	return name, slices.ContainsFunc(p.Design.Params, func(have design.Param) bool { return have.Name == name })
}

// ruleParams checks that shared rules are the params of the designs that use
// them, and that those say the same.
func (l *loader) ruleParams() {
	for i := range l.s.Rules {
		r := &l.s.Rules[i]
		params := map[string]string{} // in force
		for _, name := range sortedNames(r.Params) {
			m := l.s.Member(name)
			if m == nil {
				l.diags.Add(r.Pos, fmt.Sprintf("rule %q: %q is none of the system's workflows", r.Name, name), "")
			} else if _, ok := l.param(*r, name, l.written[name]); !ok {
				var have []string
				for _, p := range l.written[name].Design.Params {
					have = append(have, p.Name)
				}
				l.diags.Add(r.Pos, fmt.Sprintf("rule %q: design %q of workflow %q has no param %q", r.Name, m.Plan.Design.Name, name, r.Params[name]), diag.Suggest(r.Params[name], have))
			}
		}
		for _, m := range l.s.Members {
			name, ok := l.param(*r, m.Name, l.written[m.Name])
			if !ok {
				continue
			}
			params[m.Name] = name
			if r.Value != "" && l.set[r.Name] == "" {
				l.asStated(*r, m, name)
			}
		}
		r.Params = params
		if r.Value != "" && len(params) < 2 && l.diags.Err() == nil {
			l.diags.Add(r.Pos, fmt.Sprintf("rule %q is a param of %d of the designs", r.Name, len(params)), "a shared rule decides in two workflows or more: params: {claims: large, invoice: limit}")
		}
	}
}

// asStated refuses a design that states a shared rule in another way.
func (l *loader) asStated(r Rule, m *Member, param string) {
	of := func(p *design.Plan) design.Param {
		return p.Design.Params[slices.IndexFunc(p.Design.Params, func(p design.Param) bool { return p.Name == param })]
	}
	written, set := of(l.written[m.Name]), of(m.Plan)
	if written.Value != set.Value {
		l.diags.Add(r.Pos, fmt.Sprintf("rule %q is %v here, and param %q of workflow %q is %v", r.Name, set.Value, param, m.Name, written.Value), "one rule has one value: see "+written.Pos.String())
	}
}

// differs says whether the system's file allows a name to mean something else
// in every workflow.
func (l *loader) differs(name string) bool {
	return slices.ContainsFunc(l.s.Rules, func(r Rule) bool { return r.Name == name && r.Differs != "" })
}

// quoted is a value of a param as a message shows it.
func quoted(v any) string {
	if s, ok := v.(string); ok {
		return strconv.Quote(s)
	}
	return fmt.Sprint(v)
}
