package diagram

import (
	"math"

	"github.com/rehearse-dev/rehearse/flow"
)

// FailureRate is the share of the trials on an edge whose handoff broke; 0 for
// an edge that is not used.
func (e *Edge) FailureRate() float64 {
	if e.Used == 0 {
		return 0
	}
	return float64(e.Failed) / float64(e.Used)
}

// Weight is how thick an edge is drawn, from 1 to 6 by the share of all trials
// that it carries, and 0 where it carries none or nothing was counted.
func (g *Graph) Weight(used int) int {
	if used == 0 || g.Trials == 0 {
		return 0
	}
	return max(1, min(6, int(math.Ceil(6*float64(used)/float64(g.Trials)))))
}

// Health says how many handoffs broke on an edge.
type Health string

const (
	Sound  Health = "sound"  // none
	Few    Health = "few"    // below 1 %
	Some   Health = "some"   // from 1 % to below 5 %
	Many   Health = "many"   // 5 % and more
	Unused Health = "unused" // nothing went this way in a run that was counted
)

// health judges counts as they stand on an edge, or on edges together.
func (g *Graph) health(used, failed int) Health {
	switch rate := float64(failed) / float64(max(used, 1)); {
	case g.Trials > 0 && used == 0:
		return Unused
	case failed == 0:
		return Sound
	case rate < 0.01:
		return Few
	case rate < 0.05:
		return Some
	}
	return Many
}

// Health says how many handoffs broke on an edge.
func (g *Graph) Health(edge int) Health {
	return g.health(g.Edges[edge].Used, g.Edges[edge].Failed)
}

// actorName is an actor as a sentence has it.
var actorName = map[flow.Actor]string{
	flow.AI: "a model", flow.Rule: "rules", flow.Person: "people", flow.System: "a system",
}
