package score

import (
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
)

// Joint adds up judgements that are not those of one run's trials, such as of
// cases that passed through several workflows, as [Run] adds up a run's. Each
// case is judged once under every design.
type Joint struct {
	units    units
	clusters map[string]int32
	designs  []string
	tallies  []*tally
	vectors  *Vectors
	cluster  int32
	weight   float64
	currency string
}

// NewJoint makes empty sums for the designs, in the order of the result.
func NewJoint(currency string, clustered, weighted bool, designs ...string) *Joint {
	j := &Joint{
		units: units{clustered: clustered, weighted: weighted}, clusters: make(map[string]int32),
		designs: designs, vectors: &Vectors{Designs: make([]DesignVectors, len(designs))}, currency: currency,
	}
	for range designs {
		j.tallies = append(j.tallies, newTally(j.units))
	}
	return j
}

// Case starts a new case.
func (j *Joint) Case(id, cluster string, weight float64) {
	j.weight, j.cluster = weight, 0
	if j.units.clustered {
		at, ok := j.clusters[cluster]
		if !ok {
			at = int32(len(j.clusters))
			j.clusters[cluster] = at
		}
		j.cluster = at
		j.vectors.Cluster = append(j.vectors.Cluster, at)
	}
	j.vectors.Cases = append(j.vectors.Cases, id)
	j.vectors.Weight = append(j.vectors.Weight, weight)
	for i := range j.vectors.Designs {
		j.vectors.Designs[i].grow()
	}
}

// Add takes in what came of the case under a design.
func (j *Joint) Add(design int, g *Judgement) {
	t := flow.Trial{Index: int64(len(j.vectors.Cases) - 1), Weight: j.weight, Status: flow.Escalated}
	switch {
	case !g.Measured:
		t.Status = flow.NotMeasured
	case g.Disposition == Failed:
		t.Status = flow.Failed
	case !g.Escalated:
		t.Status = flow.Automated
	}
	j.tallies[design].add(&t, g, j.cluster)
	j.vectors.Designs[design].add(g)
}

// Result is what was added up, to be compared like a scored run.
func (j *Joint) Result(seed uint64) *Result {
	r := &Result{Cases: len(j.vectors.Cases), Repeats: 1, Clusters: len(j.clusters), Currency: j.currency, Vectors: j.vectors, Seed: seed, Complete: true}
	for i, name := range j.designs {
		r.Designs = append(r.Designs, Design{Name: name, Baseline: i == 0, Summary: j.tallies[i].summary(), Cost: j.tallies[i].costs()})
	}
	return r
}

// Join makes the judgement of a case of its parts, which are judgements of
// trials in several workflows: right where all are right, measured where all
// are, escalated where one is; costs and minutes add up. exchange is what a
// part's money counts. There is at least one part.
func Join(parts []Judgement, exchange []float64) Judgement {
	g := Judgement{Right: Yes, Measured: true, MinutesOK: true}
	has := func(d Disposition) bool {
		return slices.ContainsFunc(parts, func(p Judgement) bool { return p.Disposition == d })
	}
	for i, p := range parts {
		g.Right = min(g.Right, p.Right) // no, unknown, yes
		g.Escalated = g.Escalated || p.Escalated
		g.Measured = g.Measured && p.Measured
		g.Handoff = g.Handoff || p.Handoff
		g.MinutesOK = g.MinutesOK && p.MinutesOK
		g.Minutes += p.Minutes
		g.PeopleCost += p.PeopleCost * exchange[i]
		g.ModelCost += p.ModelCost * exchange[i]
		g.ErrorCost += p.ErrorCost * exchange[i]
		if p.Needs == Yes || g.Needs == Unknown {
			g.Needs = p.Needs
		}
	}
	switch {
	case !g.Measured:
		g.Disposition, g.Right = NotMeasured, Unknown
	case has(Failed):
		g.Disposition = Failed
	case has(EscalatedNeeded):
		g.Disposition = EscalatedNeeded
	case has(EscalatedUnknown):
		g.Disposition = EscalatedUnknown
	case g.Escalated:
		g.Disposition = EscalatedNeedless
	default:
		g.Disposition = map[Tri]Disposition{Yes: AutomatedCorrect, No: AutomatedWrong, Unknown: AutomatedUnknown}[g.Right]
		g.Shadow = g.Right
	}
	return g
}
