package joint

import (
	"cmp"
	"fmt"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/compare"
	"github.com/rehearse-dev/rehearse/internal/score"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// Result is what came of a system's cases.
type Result struct {
	Run       string `json:"run"`
	System    string `json:"system"`
	Title     string `json:"title,omitempty"`
	Currency  string `json:"currency,omitempty"`
	Seed      uint64 `json:"seed"`
	Cases     int    `json:"cases"` // joint cases: those of the first workflow
	Clusters  int    `json:"clusters,omitempty"`
	ClusterBy string `json:"cluster_by,omitempty"`
	// EndToEnd are the figures of joint cases.
	EndToEnd  score.Summary `json:"end_to_end"`
	Cost      score.Cost    `json:"cost"`
	Workflows []Workflow    `json:"workflows"`
	Links     []Link        `json:"links"`
	Teams     []Team        `json:"teams,omitempty"`
	// Corrections are what would be if a workflow's outcomes were their labels,
	// each alone; Cumulative the same from the front.
	Corrections []Correction `json:"corrections,omitempty"`
	Cumulative  []Correction `json:"cumulative,omitempty"`
	Warnings    []string     `json:"warnings,omitempty"`
}

// Workflow is one workflow within the system.
type Workflow struct {
	Name    string        `json:"name"`
	Design  string        `json:"design"`
	Run     string        `json:"run,omitempty"` // its folder, from that of the record; "" where nothing came
	Summary score.Summary `json:"summary"`       // of the cases that came
	Cost    score.Cost    `json:"cost"`
	// First are joint cases that first went wrong here, of those that ended
	// wrong.
	First    int      `json:"first_wrong"`
	Examples []string `json:"examples,omitempty"` // up to three of its cases
}

// Link is what passed over a link, and how it stands to the labels.
type Link struct {
	From     string      `json:"from"`
	To       string      `json:"to"`
	When     string      `json:"when,omitempty"`
	Handoffs int         `json:"handoffs"`
	Sent     int         `json:"sent"`
	Failed   score.Share `json:"failed"` // as operation sees it
	Kinds    []Kind      `json:"kinds,omitempty"`
	// Misrouted are handoffs that the labels would have made otherwise: held
	// back though the case ought to have come, or sent though it ought not.
	Misrouted score.Share `json:"misrouted"`
	Withheld  int         `json:"withheld"`
	Needless  int         `json:"needless"`
	Examples  []string    `json:"examples,omitempty"` // up to three of the receiver's cases
}

// Kind is one kind of failed handoffs of a link.
type Kind struct {
	Kind     flow.HandoffKind `json:"kind"`
	Clause   string           `json:"clause"`
	Count    int              `json:"count"`
	Examples []string         `json:"examples"` // up to three
}

// Team is what a team works on the system's cases.
type Team struct {
	Name      string   `json:"name"`
	People    int      `json:"people"`
	Wage      float64  `json:"wage"` // an hour, in the system's currency
	Workflows []string `json:"workflows"`
	Shared    bool     `json:"shared,omitempty"`
	Cases     int      `json:"cases"`   // trials that it worked on
	Minutes   float64  `json:"minutes"` // a joint case
}

// Correction is the system with the outcomes of workflows as labelled.
type Correction struct {
	Workflow string         `json:"workflow"` // the one that is corrected, cumulatively the last of them
	Metrics  []score.Metric `json:"metrics"`
	// NotMeasured are joint cases that were measured before the correction and
	// not with it. They are just those that it changed, so that nothing can be
	// said of its effects.
	NotMeasured int `json:"not_measured,omitempty"`
	// Effects are changes against the system as replayed, cumulatively against
	// the line before; aligned with Metrics.
	Effects []compare.Difference `json:"effects"`
}

// Metrics are those that corrections are compared in.
var Metrics = []string{score.SystemAccuracy, score.AutomatedAccuracy, score.EscalationRate, score.CostPerCase}

// maxExamples is how many cases stand for many.
const maxExamples = 3

func (j *Job) result(stages []*stage, plays []*play) (*Result, error) {
	s, first := j.System, stages[0]
	clustered, weighted := first.Card.Cluster != "", first.Card.Weight != ""
	r := &Result{System: s.Name, Title: s.Title, Currency: s.Currency, Seed: j.Seed, Cases: len(first.rows), ClusterBy: first.Card.Cluster}
	should := ought(stages)

	names := make([]string, len(plays))
	for i, p := range plays {
		names[i] = cmp.Or(p.variant, "as replayed")
	}
	whole := score.NewJoint(s.Currency, clustered, weighted, names...)
	parts := make([]*score.Joint, len(stages))
	for i, st := range stages {
		parts[i] = score.NewJoint(st.Workflow.Currency, clustered, weighted, st.Plan.Design.Name)
		w := Workflow{Name: st.Name, Design: st.Plan.Design.Name}
		r.Workflows = append(r.Workflows, w)
		r.Warnings = append(r.Warnings, st.warnings()...)
	}
	following := followers(stages)
	for root := range first.rows {
		c := &first.rows[root]
		whole.Case(c.id, c.cluster, c.weight)
		for i, p := range plays {
			g, at := join(stages, p, should, following[root])
			whole.Add(i, &g)
			if i == 0 && g.Right == score.No && at >= 0 {
				r.Workflows[at].First++
			}
		}
		for _, f := range following[root] {
			x, st := &plays[0].passages[f.stage][f.row], stages[f.stage]
			if !x.came {
				continue
			}
			parts[f.stage].Case(st.rows[f.row].id, c.cluster, c.weight)
			parts[f.stage].Add(0, &x.judged)
			if w := &r.Workflows[f.stage]; x.judged.Right == score.No && len(w.Examples) < maxExamples {
				w.Examples = append(w.Examples, st.rows[f.row].id)
			}
		}
	}
	scored := whole.Result(j.Seed)
	r.EndToEnd, r.Cost, r.Clusters = scored.Designs[0].Summary, scored.Designs[0].Cost, scored.Clusters
	for i, st := range stages {
		d := parts[i].Result(j.Seed).Designs[0]
		r.Workflows[i].Summary, r.Workflows[i].Cost = d.Summary, d.Cost
		if d.Trials > 0 {
			r.Workflows[i].Run = "runs/" + st.Name
		}
	}
	r.links(stages, plays[0], should, clustered, weighted)
	r.teams(j, stages, plays[0])
	if err := r.corrections(stages, scored); err != nil {
		return nil, err
	}
	if n := r.EndToEnd.Cases - r.EndToEnd.Labelled; n > 0 {
		r.Warnings = append(r.Warnings, fmt.Sprintf("joint cases left out of every accuracy, since they were not measured or not labelled in a workflow that they pass: %d", n))
	}
	return r, nil
}

// place is a row of a stage.
type place struct{ stage, row int }

// followers are the rows of every joint case, senders first.
func followers(stages []*stage) [][]place {
	out := make([][]place, len(stages[0].rows))
	for i, st := range stages {
		for r := range st.rows {
			out[st.rows[r].root] = append(out[st.rows[r].root], place{i, r})
		}
	}
	return out
}

// join judges a joint case, and names the first stage that is not right.
func join(stages []*stage, p *play, should [][]score.Tri, rows []place) (g score.Judgement, first int) {
	first = -1
	var parts []score.Judgement
	var exchange []float64
	for _, f := range rows {
		one, ok := part(&p.passages[f.stage][f.row], should[f.stage][f.row])
		if !ok {
			continue
		}
		if one.Right == score.No && first < 0 {
			first = f.stage
		}
		parts, exchange = append(parts, one), append(exchange, stages[f.stage].Exchange)
	}
	return score.Join(parts, exchange), first
}

// links counts what passed over the links.
func (r *Result) links(stages []*stage, p *play, should [][]score.Tri, clustered, weighted bool) {
	for i, st := range stages {
		for k, l := range st.In {
			out := Link{From: l.From.Name, To: l.To.Name, When: l.When}
			from := indexOf(stages, l.From)
			failed, misrouted := score.NewShareCounter(clustered, weighted), score.NewShareCounter(clustered, weighted)
			for row := range st.rows {
				at := st.rows[row].parents[k]
				if at < 0 {
					continue
				}
				sender := &p.passages[from][at]
				if !sender.came || !sender.judged.Measured {
					continue
				}
				h, id := &p.passages[i][row].handoffs[k], st.rows[row].id
				root := &stages[0].rows[st.rows[row].root]
				if h.Sent || h.Kind != "" {
					out.Handoffs++
					failed.Add(root.cluster, root.weight, h.Kind != "")
				}
				switch {
				case h.Sent:
					out.Sent++
				case h.Kind != "":
					out.failed(h.Kind, h.Clause, id)
				}
				if h.Kind != "" || should[i][row] == score.Unknown {
					continue
				}
				wrong := h.Sent != (should[i][row] == score.Yes)
				misrouted.Add(root.cluster, root.weight, wrong)
				if !wrong {
					continue
				}
				if h.Sent {
					out.Needless++
				} else {
					out.Withheld++
				}
				if len(out.Examples) < maxExamples {
					out.Examples = append(out.Examples, id)
				}
			}
			out.Failed, out.Misrouted = failed.Share(), misrouted.Share()
			r.Links = append(r.Links, out)
		}
	}
}

func (l *Link) failed(kind flow.HandoffKind, clause, id string) {
	i := slices.IndexFunc(l.Kinds, func(k Kind) bool { return k.Kind == kind && k.Clause == clause })
	if i < 0 {
		i = len(l.Kinds)
		l.Kinds = append(l.Kinds, Kind{Kind: kind, Clause: clause})
	}
	k := &l.Kinds[i]
	k.Count++
	if len(k.Examples) < maxExamples {
		k.Examples = append(k.Examples, id)
	}
}

// teams adds up the work of every team, shared ones over their workflows.
func (r *Result) teams(j *Job, stages []*stage, p *play) {
	for i, st := range stages {
		for _, t := range st.Workflow.Teams {
			name, shared := t.Name, false
			for _, s := range j.System.Teams {
				if s.Is[st.Name] == t.Name {
					name, shared = s.Name, true
				}
			}
			at := -1
			if shared {
				at = slices.IndexFunc(r.Teams, func(o Team) bool { return o.Shared && o.Name == name })
			}
			if at < 0 {
				at = len(r.Teams)
				r.Teams = append(r.Teams, Team{Name: name, People: t.People, Wage: t.Wage * st.Exchange, Shared: shared})
			}
			team := &r.Teams[at]
			team.Workflows = append(team.Workflows, st.Name)
			for row := range p.passages[i] {
				if minutes, worked := p.passages[i][row].minutes[t.Name]; worked {
					team.Cases++
					team.Minutes += minutes / float64(r.Cases)
				}
			}
		}
	}
	r.Teams = slices.DeleteFunc(r.Teams, func(t Team) bool { return t.Cases == 0 && !t.Shared })
}

// corrections compares the plays with corrected workflows: each alone with the
// system as replayed, and from the front with the one before.
func (r *Result) corrections(stages []*stage, scored *score.Result) error {
	if len(scored.Designs) == 1 {
		return nil
	}
	var family []*compare.Difference
	add := func(to *[]Correction, st *stage, design, against int) error {
		c := Correction{Workflow: st.Name}
		for _, name := range Metrics {
			m, _ := scored.Designs[design].Metric(name)
			c.Metrics = append(c.Metrics, m)
		}
		var err error
		if c.Effects, err = compare.Between(scored, design, against, Metrics...); err != nil {
			return err
		}
		c.NotMeasured = unmeasured(&scored.Vectors.Designs[design], &scored.Vectors.Designs[against])
		for i := range c.Effects {
			e := &c.Effects[i]
			if c.NotMeasured == 0 {
				family = append(family, e)
				continue
			}
			e.P, e.Interval = stats.Number{}, stats.Interval{Lower: math.Inf(-1), Upper: math.Inf(1), Level: e.Level}
			e.Why = "not measurable: cases have no known end with the correction"
		}
		*to = append(*to, c)
		return nil
	}
	n := len(stages)
	for i, st := range stages {
		if err := add(&r.Corrections, st, 1+i, 0); err != nil {
			return err
		}
	}
	for i, st := range stages {
		now, before := n+i, n+i-1 // the first two stand after the single ones
		switch i {
		case 0:
			now, before = 1, 0
		case 1:
			before = 1
		}
		if err := add(&r.Cumulative, st, now, before); err != nil {
			return err
		}
	}
	return compare.Adjust(family)
}

// unmeasured counts cases measured under one design and not under another.
func unmeasured(now, before *score.DesignVectors) int {
	n := 0
	for i := range before.Escalated {
		if before.Escalated[i].Den > 0 && now.Escalated[i].Den == 0 {
			n++
		}
	}
	return n
}

// WithoutExamples is the result without ids of cases.
func (r *Result) WithoutExamples() *Result {
	out := *r
	out.Workflows, out.Links = slices.Clone(r.Workflows), slices.Clone(r.Links)
	for i := range out.Workflows {
		out.Workflows[i].Examples = nil
	}
	for i := range out.Links {
		l := &out.Links[i]
		l.Examples, l.Kinds = nil, slices.Clone(l.Kinds)
		for k := range l.Kinds {
			l.Kinds[k].Examples = nil
		}
	}
	return &out
}
