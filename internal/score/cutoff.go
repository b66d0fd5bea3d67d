package score

import (
	"cmp"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/people"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// CostCurve is what a case costs, by the workflow's own costs, if answers of at
// least a cutoff are automated and all others go to one team, whatever else the
// design routes by.
type CostCurve struct {
	Team   string      `json:"team"`
	N      int         `json:"n"`      // trials of which both costs are known
	People float64     `json:"people"` // if everything goes to the team
	Points []CostPoint `json:"points"`
	// Best is the cheapest; without a cutoff it is to automate nothing. It is
	// chosen on the cases that it is shown on, and so flattered.
	Best CostPoint `json:"best"`
}

// CostPoint is one cutoff of a cost curve.
type CostPoint struct {
	Cutoff   stats.Number `json:"cutoff"`
	Coverage float64      `json:"coverage"` // share automated
	Cost     float64      `json:"cost"`     // of a case
}

// choices are what each trial with a confidence costs either way.
type choices struct {
	automated []float64
	person    [][]stats.Number // by team: absent where nobody knows
	taken     []int            // escalations by team
}

// choose takes in what a trial costs if it is automated, and if a team works on
// it: of the team that did, what it did cost.
func (c *choices) choose(j Judge, t *flow.Trial, g *Judgement, label *flow.Label) {
	w := j.Workflow
	if c.taken == nil {
		c.taken = make([]int, len(w.Teams))
	}
	answered := g.Final
	if g.Escalated {
		answered = t.Shadow
	}
	c.automated = append(c.automated, g.ModelCost+j.errorCost(answered, label))
	by := make([]stats.Number, len(w.Teams))
	for i, team := range w.Teams {
		if g.Escalated && t.Team == team.Name {
			c.taken[i]++
			if g.MinutesOK && g.Final != nil {
				by[i] = stats.Num(g.cost())
			}
			continue
		}
		minutes, known := people.Minutes(team, label)
		if final, _ := j.answered(t, team, label); known && final != nil {
			by[i] = stats.Num(g.ModelCost + minutes/60*team.Wage + j.errorCost(final, label))
		}
	}
	c.person = append(c.person, by)
}

// costCurve is what the cutoffs cost with the team that most escalations went
// to, or the only one; nil where there is none.
func (s *stated) costCurve(teams []string) *CostCurve {
	c := &s.costs
	if len(c.automated) != len(s.value) || len(teams) == 0 {
		return nil
	}
	team := 0
	for i, n := range c.taken {
		if n > c.taken[team] {
			team = i
		}
	}
	if len(teams) > 1 && c.taken[team] == 0 {
		return nil
	}
	var order []int
	out := &CostCurve{Team: teams[team]}
	total, weight := 0.0, 0.0
	for i := range s.value {
		if p := c.person[i][team]; p.Valid {
			order = append(order, i)
			total += weightOf(s.weight, i) * p.Value
			weight += weightOf(s.weight, i)
		}
	}
	if len(order) == 0 {
		return nil
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(s.value[b], s.value[a]) })
	out.N, out.People = len(order), total/weight
	out.Best = CostPoint{Cost: out.People}
	covered := 0.0
	for at, i := range order {
		w := weightOf(s.weight, i)
		total += w * (c.automated[i] - c.person[i][team].Value)
		covered += w
		if at+1 < len(order) && s.value[order[at+1]] == s.value[i] {
			continue // cases of one confidence move together
		}
		p := CostPoint{Cutoff: stats.Num(s.value[i]), Coverage: covered / weight, Cost: total / weight}
		if p.Cost < out.Best.Cost {
			out.Best = p
		}
		out.Points = append(out.Points, p)
	}
	best := slices.Index(out.Points, out.Best)
	out.Points = thinned(out.Points, maxPoints)
	if best >= 0 && !slices.Contains(out.Points, out.Best) {
		at, _ := slices.BinarySearchFunc(out.Points, out.Best, func(a, b CostPoint) int { return cmp.Compare(a.Coverage, b.Coverage) })
		out.Points = slices.Insert(out.Points, at, out.Best)
	}
	return out
}
