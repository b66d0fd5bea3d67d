package handoffs

import (
	"cmp"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Escalations say whether people get the cases that they should, and what they
// need to decide them.
type Escalations struct {
	Reasons []Reason `json:"reasons,omitempty"` // most escalations first
	// Missed are automated trials that the label gives to a person / automated
	// trials whose label says whether it does.
	Missed         score.Share `json:"missed"`
	MissedExamples []string    `json:"missed_examples,omitempty"`
	Received       []Received  `json:"received,omitempty"` // by team
}

// Reason is why cases were escalated.
type Reason struct {
	Because   string `json:"because"`
	Escalated int    `json:"escalated"`
	Needed    int    `json:"needed"`
	Needless  int    `json:"needless"`
	Unknown   int    `json:"unknown"`
	// Precision by outcome is needed / (needed + needless); by label, those that
	// the label gives to a person / those whose label says whether it does.
	PrecisionOutcome score.Share `json:"precision_by_outcome"`
	PrecisionLabel   score.Share `json:"precision_by_label"`
	// RecallOutcome are the needed of this reason / all trials that needed a
	// person (needed, or automated and wrong); RecallLabel the same by the label.
	// Those of all reasons add up to the design's.
	RecallOutcome score.Share `json:"recall_by_outcome"`
	RecallLabel   score.Share `json:"recall_by_label"`
	// Minutes and Cost are people's in all trials of this reason but those of
	// which nobody says how long they took.
	Minutes        float64  `json:"minutes"`
	Cost           float64  `json:"cost"`
	NeedlessCost   float64  `json:"needless_cost"` // of it for needless ones
	UnknownMinutes int      `json:"unknown_minutes,omitempty"`
	Needlessly     []string `json:"needless_examples,omitempty"`
}

// Received is what a team gets to see.
type Received struct {
	Team  string   `json:"team"`
	Needs []string `json:"needs,omitempty"`
	// Lacking are payloads without something that the team needs / payloads to
	// the team. Nothing is judged where the workflow names no needs.
	Lacking  score.Share   `json:"lacking"`
	Lacks    []score.Count `json:"lacks,omitempty"` // what, and how often
	Examples []string      `json:"examples,omitempty"`
}

type escalationTally struct {
	u        *score.Units
	w        *design.Workflow
	reasons  map[string]*reasonTally
	received map[string]*receivedTally
	missed   *score.Counter
	missing  []string
	// All that needed a person, by outcome and by label.
	byOutcome, byLabel *score.Counter
}

type reasonTally struct {
	Reason
	precOutcome, precLabel *score.Counter
	caughtOutcome          *score.Counter // of nothing but ones
	caughtLabel            *score.Counter
}

type receivedTally struct {
	lacking  *score.Counter
	lacks    map[string]int
	examples []string
}

func newEscalationTally(u *score.Units, w *design.Workflow) *escalationTally {
	return &escalationTally{
		u: u, w: w, reasons: make(map[string]*reasonTally), received: make(map[string]*receivedTally),
		missed: u.Counter(), byOutcome: u.Counter(), byLabel: u.Counter(),
	}
}

// add takes in one measured trial.
func (a *escalationTally) add(v *view, t *flow.Trial, g *score.Judgement, cluster int32, deliveries []delivery) {
	if t.Status == flow.Automated && g.Needs != score.Unknown {
		a.missed.Add(cluster, t.Weight, g.Needs == score.Yes)
		if g.Needs == score.Yes {
			a.missing = example(a.missing, t.Case)
		}
	}
	if g.Disposition == score.EscalatedNeeded || g.Disposition == score.AutomatedWrong {
		a.byOutcome.Add(cluster, t.Weight, true)
	}
	if g.Needs == score.Yes {
		a.byLabel.Add(cluster, t.Weight, true)
	}
	if t.Status != flow.Escalated {
		return
	}
	a.reason(t, g, cluster)
	if v != nil {
		a.receive(v, t, cluster, deliveries)
	}
}

func example(list []string, id string) []string {
	if len(list) < maxExamples && !slices.Contains(list, id) {
		list = append(list, id)
	}
	return list
}

func (a *escalationTally) reason(t *flow.Trial, g *score.Judgement, cluster int32) {
	because := because(t)
	r := a.reasons[because]
	if r == nil {
		r = &reasonTally{precOutcome: a.u.Counter(), precLabel: a.u.Counter(), caughtOutcome: a.u.Counter(), caughtLabel: a.u.Counter()}
		r.Because = because
		a.reasons[because] = r
	}
	r.Escalated++
	if g.MinutesOK {
		r.Minutes += g.Minutes
		r.Cost += g.PeopleCost
	} else {
		r.UnknownMinutes++
	}
	switch g.Disposition {
	case score.EscalatedNeeded:
		r.Needed++
		r.precOutcome.Add(cluster, t.Weight, true)
		r.caughtOutcome.Add(cluster, t.Weight, true)
	case score.EscalatedNeedless:
		r.Needless++
		r.precOutcome.Add(cluster, t.Weight, false)
		if g.MinutesOK {
			r.NeedlessCost += g.PeopleCost
		}
		r.Needlessly = example(r.Needlessly, t.Case)
	default:
		r.Unknown++
	}
	if g.Needs != score.Unknown {
		r.precLabel.Add(cluster, t.Weight, g.Needs == score.Yes)
	}
	if g.Needs == score.Yes {
		r.caughtLabel.Add(cluster, t.Weight, true)
	}
}

// because is why a case was escalated; of a broken handoff, how it broke.
func because(t *flow.Trial) string {
	if h := t.Broke(); h != nil {
		return t.Reason + ": " + string(h.Kind)
	}
	return t.Reason
}

// receive looks at what the team that took the case was given.
func (a *escalationTally) receive(v *view, t *flow.Trial, cluster int32, deliveries []delivery) {
	team, ok := a.w.Team(t.Team)
	if !ok || len(team.Needs) == 0 {
		return
	}
	for i := len(deliveries) - 1; i >= 0; i-- {
		d := &deliveries[i]
		if d.To != team.Name {
			continue
		}
		r := a.received[team.Name]
		if r == nil {
			r = &receivedTally{lacking: a.u.Counter(), lacks: make(map[string]int)}
			a.received[team.Name] = r
		}
		lacks := v.lacks(team.Needs, d.in)
		for _, need := range lacks {
			r.lacks[need]++
		}
		r.lacking.Add(cluster, t.Weight, len(lacks) > 0)
		if len(lacks) > 0 {
			r.examples = example(r.examples, t.Case)
		}
		return
	}
}

// lacks are the needs that a payload does not hold a value for.
func (v *view) lacks(needs []string, in []design.Binding) []string {
	values := make([]any, len(in))
	for i, b := range in {
		if got, err := b.Value.Eval(v.values); err == nil {
			values[i] = got
		}
	}
	var out []string
	for _, need := range design.FindNeeds(needs, in) {
		if !need.Met(values) {
			out = append(out, need.Name)
		}
	}
	return out
}

func (a *escalationTally) result() Escalations {
	out := Escalations{Missed: a.missed.Share(), MissedExamples: a.missing}
	for _, r := range a.reasons {
		r.PrecisionOutcome, r.PrecisionLabel = r.precOutcome.Share(), r.precLabel.Share()
		r.RecallOutcome, r.RecallLabel = r.caughtOutcome.ShareOf(a.byOutcome), r.caughtLabel.ShareOf(a.byLabel)
		out.Reasons = append(out.Reasons, r.Reason)
	}
	slices.SortFunc(out.Reasons, func(a, b Reason) int {
		return cmp.Or(cmp.Compare(b.Escalated, a.Escalated), cmp.Compare(a.Because, b.Because))
	})
	for _, team := range a.w.Teams {
		if r := a.received[team.Name]; r != nil {
			out.Received = append(out.Received, Received{Team: team.Name, Needs: team.Needs, Lacking: r.lacking.Share(), Lacks: counts(r.lacks), Examples: r.examples})
		}
	}
	return out
}
