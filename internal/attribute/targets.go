// Package attribute says where a design breaks, by oracle substitution.
//
//  1. [Targets] are the steps and routes of a plan that the dataset has gold
//     for, and [Oracles] the variants to replay beside the design as written:
//     one a target, and all of them at once.
//  2. A replay runs the cases again with them (engine.Oracle).
//  3. [Run] reads that record: the paired change that each correction makes to
//     the design's accuracies, the step at which each case first went wrong,
//     and the cases that no labelled step explains.
package attribute

import (
	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Kind says what a target is.
type Kind string

const (
	Step  Kind = "step"
	Route Kind = "route"
	Steps Kind = "steps" // every step with gold at once
	All   Kind = "all"   // every step and route with gold at once
)

// Target is a step or a route that the dataset has gold for.
type Target struct {
	Name   string   `json:"name"`
	Kind   Kind     `json:"kind"`
	Fields []string `json:"gold_fields,omitempty"` // of a step's output
	// Own are the fields of a step's output without gold: its own values stay.
	Own []string `json:"own_fields,omitempty"`

	node *design.Node
}

// Variant is how trials with this target corrected are marked in a record.
func (t *Target) Variant() string { return "oracle:" + t.Name }

// one says whether the target is a single step or route.
func (t *Target) one() bool { return t.Kind == Step || t.Kind == Route }

// Targets are what can be corrected in a plan: steps and routes in the plan's
// order, then all steps together, and all of both.
func Targets(p *design.Plan, card *dataset.Card) []Target {
	var out []Target
	steps := 0
	for _, n := range p.Nodes {
		switch gold := score.StepGold(n, card); {
		case n.Role == flow.Routing && card.RouteGold(n.Name):
			out = append(out, Target{Name: n.Name, Kind: Route, node: n})
		case gold != nil:
			t := Target{Name: n.Name, Kind: Step, Fields: gold.Names(), node: n}
			for _, f := range n.Out.Names() {
				if gold.Index(f) < 0 {
					t.Own = append(t.Own, f)
				}
			}
			out = append(out, t)
			steps++
		}
	}
	routes := len(out) - steps
	// No step's name has an asterisk.
	if steps > 1 {
		out = append(out, Target{Name: "*steps", Kind: Steps})
	}
	if routes > 1 || routes == 1 && steps > 0 {
		out = append(out, Target{Name: "*all", Kind: All})
	}
	return out
}

// Oracles are the variants that attribute a plan, one a target.
func Oracles(targets []Target) []engine.Oracle {
	out := make([]engine.Oracle, len(targets))
	for i := range targets {
		t := &targets[i]
		out[i].Variant = t.Variant()
		for _, other := range targets {
			if other.one() && (t.Kind == All || t.Kind == Steps && other.Kind == Step || other.Name == t.Name) {
				out[i].Nodes = append(out[i].Nodes, other.Name)
			}
		}
	}
	return out
}
