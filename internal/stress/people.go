package stress

import (
	"slices"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// peopleFaults are those of who takes the cases that a design hands over.
func peopleFaults() []Fault {
	const none = "a way to a person"
	return []Fault{
		{Name: "flips", Title: "people decide otherwise than they did", Of: "of answers", Strengths: []float64{0.05, 0.1, 0.2}, answer: flippedAnswer, taken: flipped, applies: asksPeople, without: none},
		{Name: "slower", Title: "people take longer", Of: "of their time, added", Strengths: []float64{0.25, 0.5, 1}, slows: true, longer: true, applies: asksPeople, without: none},
		{Name: "absent", Title: "nobody takes the case", Of: "of cases handed to people", Strengths: []float64{0.05, 0.2, 0.5}, answer: absentAnswer, taken: absent, absent: true, applies: asksPeople, without: none},
	}
}

// asksPeople says whether a design can hand a case to a team.
func asksPeople(p *design.Plan) bool {
	for n := range p.Working() {
		if n.Role == flow.Answer || n.Broken.Mode == design.Escalate {
			return true
		}
		if n.Route != nil && slices.ContainsFunc(n.Route.Branches, func(b design.Branch) bool { return b.Team != "" }) {
			return true
		}
	}
	return false
}

// flip is another class for one that was decided at a step, "" for the end; it is
// "" where there is no other, or the fault does not strike. People err by
// themselves: at each step anew.
func (x *scene) flip(step string, decided any) string {
	class, ok := decided.(string)
	if !ok || x.workflow.Decision < 0 {
		return ""
	}
	r := x.rand("flip " + step)
	strikes, which := r.Float64() < x.strength, r.Uint64()
	others := slices.DeleteFunc(slices.Clone(x.workflow.Outcome.Fields()[x.workflow.Decision].Type.Enum), func(c string) bool { return c == class })
	if !strikes || len(others) == 0 {
		return ""
	}
	x.touched.Store(true)
	return others[which%uint64(len(others))]
}

func flipped(x *scene, t *flow.Trial, final []any) ending {
	if final == nil || t.Outcome != nil || x.workflow.Decision < 0 {
		return ending{} // answered in the middle of the design
	}
	class := x.flip("", final[x.workflow.Decision])
	if class == "" {
		return ending{}
	}
	final = slices.Clone(final)
	final[x.workflow.Decision] = class
	return ending{final: final}
}

// away draws whether a team is absent, for all of a case.
func (x *scene) away(team string) bool { return x.strike("absent " + team) }

func absent(x *scene, t *flow.Trial, _ []any) ending {
	return ending{absent: t.Outcome == nil && x.away(t.Team)}
}

// flippedAnswer flips the answer of a team in the middle of a design.
func flippedAnswer(x *scene, step string, q engine.Question, values []any) ([]any, error) {
	if x.workflow.Decision < 0 {
		return values, nil
	}
	i := slices.Index(q.Fields, x.workflow.Outcome.Fields()[x.workflow.Decision].Name)
	if i < 0 {
		return values, nil
	}
	class := x.flip(step, values[i])
	if class == "" {
		return values, nil
	}
	values = slices.Clone(values)
	values[i] = class
	return values, nil
}

// absentAnswer says that nobody of a team in the middle of a design is there.
func absentAnswer(x *scene, _ string, q engine.Question, values []any) ([]any, error) {
	if x.away(q.Team.Name) {
		return nil, unavailable("absent", "nobody took the case")
	}
	return values, nil
}
