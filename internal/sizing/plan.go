package sizing

import (
	"math"

	"github.com/rehearse-dev/rehearse/internal/stats"
)

const (
	level = 0.95
	alpha = 1 - level
)

// Ask is what a user would like to know; what is 0 is not asked.
type Ask struct {
	Precision  float64 `json:"precision,omitempty"`  // half-width of the interval of a rate
	Difference float64 `json:"difference,omitempty"` // of two designs' rates, to be found
	AtMost     float64 `json:"at_most,omitempty"`    // a rate to be shown to be below it
	Power      float64 `json:"power"`
}

// Group is some of the cases at hand.
type Group struct {
	Column   string `json:"column,omitempty"` // "" for all
	Value    string `json:"value,omitempty"`
	Cases    int    `json:"cases"`
	Clusters int    `json:"clusters,omitempty"` // 0 where cases are independent
}

// Independent is how many of the group are independent of each other whatever
// the cases of a cluster have in common.
func (g Group) Independent() int {
	if g.Clusters > 0 {
		return g.Clusters
	}
	return g.Cases
}

// Shown is what a group of cases can show. A figure is absent where not even
// certainty could be shown.
type Shown struct {
	Group
	Precision  stats.Number `json:"precision"`  // half-width of the interval of the rate
	Difference stats.Number `json:"difference"` // the smallest that is found with the power asked for
	AtMost     stats.Number `json:"at_most"`    // what no event at all would show
	// Power is the chance to find the difference that was asked for.
	Power stats.Number `json:"power"`
	// Further is how many cases more the questions take that were asked: 0
	// where there are enough, absent where nothing was asked or no number would
	// do.
	Further stats.Number `json:"further_cases"`
}

// Question says what cases are needed for.
type Question string

const (
	Precision  Question = "precision"
	Difference Question = "difference"
	NoEvent    Question = "at_most_without_event"
	RateStays  Question = "at_most_if_the_rate_stays"
)

// Need is how many cases a question needs.
type Need struct {
	Question Question     `json:"question"`
	Design   string       `json:"design,omitempty"`
	Against  string       `json:"against,omitempty"`
	Metric   string       `json:"metric"`
	Target   float64      `json:"target"`
	Assumed  float64      `json:"assumed"`       // the rate, or the share of discordant cases
	Effect   float64      `json:"design_effect"` // by which clusters raise the number
	Cover    float64      `json:"cover"`
	Cases    stats.Number `json:"cases"`
	Why      string       `json:"why,omitempty"` // where no number would do
}

// Result is a plan of cases.
type Result struct {
	Ask
	Pilot  Pilot   `json:"pilot"`
	Rate   Rate    `json:"rate"` // that the groups are judged by
	Pair   Pair    `json:"pair"` // that the groups are judged by
	Groups []Shown `json:"groups"`
	Needs  []Need  `json:"needs,omitempty"`
}

// Plan says what groups of cases, the first of which is all of them, can show,
// and how many a question needs. Where the pilot tells of several designs, groups are judged by the rate and the pair
// that need most cases.
func Plan(ask Ask, pilot Pilot, groups []Group) (*Result, error) {
	r := &Result{Ask: ask, Pilot: pilot}
	for _, rate := range pilot.Rates {
		if spread := rate.Rate * (1 - rate.Rate) * rate.Effect / rate.Cover; r.Rate.Cover == 0 || spread > r.Rate.Rate*(1-r.Rate.Rate)*r.Rate.Effect/r.Rate.Cover {
			r.Rate = rate
		}
	}
	for _, pair := range pilot.Pairs {
		if r.Pair.Effect == 0 || pair.discordant()*pair.Effect > r.Pair.discordant()*r.Pair.Effect {
			r.Pair = pair
		}
	}
	for _, g := range groups {
		shown, err := r.shown(g)
		if err != nil {
			return nil, err
		}
		r.Groups = append(r.Groups, shown)
	}
	var err error
	if r.Needs, err = needs(ask, pilot, groups[0]); err != nil {
		return nil, err
	}
	for i := range r.Groups {
		if err := r.further(&r.Groups[i]); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// further is what a group lacks for the question that needs most, of all designs.
func (r *Result) further(g *Shown) error {
	own, err := needs(r.Ask, r.Pilot, g.Group)
	if err != nil {
		return err
	}
	for _, n := range own {
		if n.Question == RateStays {
			continue // what was seen of all cases says little of a few
		}
		g.Further = stats.Num(max(g.Further.Or(0), n.Cases.Value-float64(g.Cases), 0))
	}
	return nil
}

func (p Pair) discordant() float64 { return p.Discordance.OnlyA + p.Discordance.OnlyB }

// shown is what a group can show.
func (r *Result) shown(g Group) (Shown, error) {
	s := Shown{Group: g}
	if r.Rate.Cover > 0 {
		var err error
		if s.Precision, err = stats.PrecisionOfCases(r.Rate.Rate, float64(g.Cases)*r.Rate.Cover/r.Rate.Effect, level); err != nil {
			return s, err
		}
	}
	// Without an event nothing tells how alike the cases of a cluster are.
	if n := g.Independent(); n > 0 {
		s.AtMost = stats.Num(-math.Expm1(math.Log(alpha) / float64(n)))
	}
	if r.Pair.Effect == 0 {
		return s, nil
	}
	n := int(float64(g.Cases) / r.Pair.Effect)
	var err error
	if s.Difference, err = stats.DetectablePairs(n, r.Pair.Discordance, alpha, r.Power); err != nil || r.Ask.Difference == 0 {
		return s, err
	}
	power, err := stats.McNemarPowerNormal(n, r.Pair.by(r.Ask.Difference), alpha)
	s.Power = stats.Num(power)
	return s, err
}

// by is the discordance of two designs that differ by so much, with as many
// discordant cases as seen, or as many as such a difference takes.
func (p Pair) by(difference float64) stats.Discordance {
	total := max(p.discordant(), difference)
	return stats.Discordance{OnlyA: (total + difference) / 2, OnlyB: (total - difference) / 2}
}

// needs answers what is asked, design by design.
func needs(ask Ask, pilot Pilot, all Group) ([]Need, error) {
	var out []Need
	if ask.Precision > 0 {
		for _, rate := range pilot.Rates {
			n, err := stats.CasesForPrecision(rate.Rate, ask.Precision, level)
			if err != nil {
				return nil, err
			}
			out = append(out, rate.need(Precision, ask.Precision, n))
		}
	}
	if ask.Difference > 0 {
		for _, pair := range pilot.Pairs {
			d := pair.by(ask.Difference)
			size, err := stats.PairsConnor(d, alpha, ask.Power)
			if err != nil {
				return nil, err
			}
			out = append(out, Need{
				Question: Difference, Design: pair.Candidate, Against: pair.Baseline, Metric: pilot.Rates[0].Metric, Target: ask.Difference,
				Assumed: d.OnlyA + d.OnlyB, Effect: pair.Effect, Cover: 1, Cases: stats.Num(math.Ceil(float64(size.N) * pair.Effect)),
			})
		}
	}
	if ask.AtMost > 0 {
		for _, rate := range pilot.Rare {
			n, err := stats.ZeroEventCases(ask.AtMost, level)
			if err != nil {
				return nil, err
			}
			none := rate
			none.Rate, none.Effect = 0, max(1, float64(all.Cases)/float64(max(1, all.Independent())))
			out = append(out, none.need(NoEvent, ask.AtMost, n))
			if rate.Of == 0 || rate.Events == 0 {
				continue
			}
			stays := rate.need(RateStays, ask.AtMost, 0)
			effective := max(1, int(float64(rate.Of)/rate.Effect))
			x := min(effective, int(math.Round(rate.Rate*float64(effective))))
			if n, err := stats.CasesToDecide(x, effective, ask.AtMost, level, stats.UpperBound, stats.ByClopperPearson); err == nil {
				stays = rate.need(RateStays, ask.AtMost, n)
			} else {
				stays.Cases, stays.Why = stats.Number{}, "as much or more was seen: no number of cases would show it"
			}
			out = append(out, stays)
		}
	}
	return out, nil
}

// need is a number of independent cases as a number of cases like those of the
// pilot.
func (r Rate) need(q Question, target float64, n int) Need {
	return Need{
		Question: q, Design: r.Design, Metric: r.Metric, Target: target, Assumed: r.Rate, Effect: r.Effect, Cover: r.Cover,
		Cases: stats.Num(math.Ceil(float64(n) * r.Effect / r.Cover)),
	}
}
