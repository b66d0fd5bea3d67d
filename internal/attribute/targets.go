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
	"fmt"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// Kind says what a target is.
type Kind string

const (
	Step  Kind = "step"
	Route Kind = "route"
	All   Kind = "all" // every step and route with gold at once
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

const (
	variantPrefix = "oracle:"
	variantAll    = variantPrefix + "*"
)

// Variant is how trials with this target corrected are marked in a record.
func (t *Target) Variant() string { return variantPrefix + t.Name }

// Targets are what can be corrected in a plan, in the plan's order.
func Targets(p *design.Plan, card *dataset.Card) []Target {
	var out []Target
	for _, n := range p.Nodes {
		switch gold := card.StepGold(n.Name, n.Out); {
		case n.Role == flow.Routing && card.RouteGold(n.Name):
			out = append(out, Target{Name: n.Name, Kind: Route, node: n})
		case gold != nil && !(n.Role == flow.Answer && n.Answer.Final):
			t := Target{Name: n.Name, Kind: Step, Fields: gold.Names(), node: n}
			for _, f := range n.Out.Names() {
				if gold.Index(f) < 0 {
					t.Own = append(t.Own, f)
				}
			}
			out = append(out, t)
		}
	}
	return out
}

// Oracles are the variants that attribute a plan: each target alone, then,
// where there are several, all of them.
func Oracles(targets []Target) []engine.Oracle {
	var out []engine.Oracle
	var names []string
	for i := range targets {
		out = append(out, engine.Oracle{Variant: targets[i].Variant(), Nodes: []string{targets[i].Name}})
		names = append(names, targets[i].Name)
	}
	if len(targets) > 1 {
		out = append(out, engine.Oracle{Variant: variantAll, Nodes: names})
	}
	return out
}

// GoldSchemas are the step labels that the plans' targets need. Plans whose
// steps of one name give a field different types cannot share a reading.
func GoldSchemas(plans []*design.Plan, card *dataset.Card) (map[string]*flow.Schema, error) {
	fields := map[string][]flow.Field{}
	for _, p := range plans {
		for _, t := range Targets(p, card) {
			for _, f := range card.StepGold(t.Name, t.node.Out).Fields() {
				known := false
				for _, have := range fields[t.Name] {
					if have.Name != f.Name {
						continue
					}
					known = true
					if have.Type.Kind != f.Type.Kind {
						return nil, fmt.Errorf("%s: step %q gives field %q as %s, another design as %s: attribute one design at a time", p.Design.File, t.Name, f.Name, f.Type, have.Type)
					}
				}
				if !known {
					fields[t.Name] = append(fields[t.Name], f)
				}
			}
		}
	}
	out := make(map[string]*flow.Schema, len(fields))
	for step, f := range fields {
		out[step] = flow.NewSchema(f...)
	}
	return out, nil
}
