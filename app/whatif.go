package app

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/pflag"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/attribute"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

// whatIf are the counterfactuals that eval attribute is asked for.
type whatIf struct {
	replace, cutoff, without []string
}

func (f *whatIf) flags(flags *pflag.FlagSet) {
	flags.StringArrayVar(&f.replace, "replace", nil, "what if a step were right every time, or another design's: `step=gold`, step=design or step=design:step (repeatable)")
	flags.StringArrayVar(&f.cutoff, "cutoff", nil, "what if a route's cutoff on confidence were another: `route=0.9` (repeatable)")
	flags.StringArrayVar(&f.without, "without", nil, "what if there were no such `step` (repeatable)")
}

func (f *whatIf) asked() bool { return len(f.replace)+len(f.cutoff)+len(f.without) > 0 }

// counterfactual is one change of one step. It gives the variant of a plan:
// an oracle, or a plan of its own.
type counterfactual struct {
	variant, step string
	of            func(p *design.Plan, n *design.Node) (engine.Oracle, *design.Plan, error)
}

// apply puts the counterfactuals into a job and its header, beside every
// design that has the step.
func (f *whatIf) apply(r *flow.Registry, w *design.Workflow, card *dataset.Card, job *replay.Job, h *record.Header) error {
	changes, err := f.parse(r, w, card)
	if err != nil {
		return err
	}
	written, plans := h.Designs, job.Plans
	h.Designs, job.Beside = nil, make([]replay.Beside, len(plans))
	met := make([]bool, len(changes))
	for i, p := range plans {
		h.Designs = append(h.Designs, written[i])
		job.Oracles[i] = nil
		for k, c := range changes {
			at := slices.IndexFunc(p.Nodes, func(n *design.Node) bool { return n.Name == c.step })
			if at < 0 {
				continue
			}
			met[k] = true
			oracle, other, err := c.of(p, p.Nodes[at])
			if err != nil {
				return withCode(ExitInput, err)
			}
			d := written[i]
			if other != nil {
				d = recorded(projectRoot(w.Dir), other)
				d.File = written[i].File // the file that was changed
				job.Plans = append(job.Plans, other)
				job.Beside = append(job.Beside, replay.Beside{Variant: c.variant, Plan: i})
			} else {
				oracle.Variant = c.variant
				job.Oracles[i] = append(job.Oracles[i], oracle)
			}
			d.Variant = c.variant
			h.Designs = append(h.Designs, d)
		}
	}
	if k := slices.Index(met, false); k >= 0 {
		if err := ofTool(plans, changes[k].step); err != nil {
			return withCode(ExitInput, err)
		}
		return withCode(ExitInput, fmt.Errorf("no step %q in any of the designs%s", changes[k].step, oneOf(stepNames(plans))))
	}
	return nil
}

// ofTool says of a name that it is a tool's; nil where it is not.
func ofTool(plans []*design.Plan, name string) error {
	for _, p := range plans {
		for _, n := range p.Nodes {
			for _, t := range n.Tools {
				if t.Name == name {
					return fmt.Errorf("step %q of design %q is a tool of %q: it does nothing but what that step calls it for; change %q, or write a design without the tool and compare the two", name, p.Design.Name, n.Name, n.Name)
				}
			}
		}
	}
	return nil
}

// parse reads the flags.
func (f *whatIf) parse(r *flow.Registry, w *design.Workflow, card *dataset.Card) ([]counterfactual, error) {
	var out []counterfactual
	seen := map[string]bool{}
	add := func(flag, text, step string, of func(*design.Plan, *design.Node) (engine.Oracle, *design.Plan, error)) error {
		variant := flag + ":" + text
		if seen[variant] {
			return withCode(ExitUsage, fmt.Errorf("--%s %s twice", flag, text))
		}
		seen[variant] = true
		out = append(out, counterfactual{variant: variant, step: step, of: of})
		return nil
	}
	for _, text := range f.replace {
		step, by, ok := strings.Cut(text, "=")
		if !ok || step == "" || by == "" {
			return nil, withCode(ExitUsage, fmt.Errorf("--replace %q: want step=gold, step=design or step=design:step", text))
		}
		if err := add("replace", text, step, func(p *design.Plan, n *design.Node) (engine.Oracle, *design.Plan, error) {
			if by == "gold" {
				return replacedByGold(p, n, card)
			}
			return replacedBy(r, w, p, n, by)
		}); err != nil {
			return nil, err
		}
	}
	for _, text := range f.cutoff {
		route, at, ok := strings.Cut(text, "=")
		x, err := strconv.ParseFloat(at, 64)
		if !ok || route == "" || err != nil || !(x >= 0 && x <= 1) {
			return nil, withCode(ExitUsage, fmt.Errorf("--cutoff %q: want route=number, from 0 to 1", text))
		}
		if err := add("cutoff", text, route, func(p *design.Plan, n *design.Node) (engine.Oracle, *design.Plan, error) {
			return movedCutoff(r, w, p, n, at)
		}); err != nil {
			return nil, err
		}
	}
	for _, step := range f.without {
		if err := add("without", step, step, leftOut); err != nil {
			return nil, err
		}
	}
	return out, nil
}

func replacedByGold(p *design.Plan, n *design.Node, card *dataset.Card) (engine.Oracle, *design.Plan, error) {
	if !slices.ContainsFunc(attribute.Targets(p, card), func(t attribute.Target) bool { return t.Name == n.Name }) {
		return engine.Oracle{}, nil, fmt.Errorf("%s has no gold for %q of design %q: name its columns under labels.steps or labels.routes", card.File, n.Name, p.Design.Name)
	}
	return engine.Oracle{Nodes: []string{n.Name}}, nil, nil
}

func replacedBy(r *flow.Registry, w *design.Workflow, p *design.Plan, n *design.Node, by string) (engine.Oracle, *design.Plan, error) {
	name, from, named := strings.Cut(by, ":")
	if !named {
		from = n.Name
	}
	others, err := loadPlans(r, w, []string{name}, nil)
	if err != nil {
		return engine.Oracle{}, nil, err
	}
	other, err := design.LoadWith(p, n.Name, others[0], from, r, design.Options{Set: overrides(p)})
	return engine.Oracle{}, other, err
}

func movedCutoff(r *flow.Registry, w *design.Workflow, p *design.Plan, n *design.Node, at string) (engine.Oracle, *design.Plan, error) {
	cutoffs := n.Cutoffs()
	switch {
	case n.Route == nil:
		return engine.Oracle{}, nil, fmt.Errorf("step %q of design %q is no route: it has no cutoff", n.Name, p.Design.Name)
	case len(cutoffs) == 0:
		return engine.Oracle{}, nil, fmt.Errorf("route %q of design %q compares no confidence with a param: give its cutoff a name under params, and write it as when: assess.confidence < params.cutoff; a param of another step can be moved by 'eval run --recall RUN --set name=value'", n.Name, p.Design.Name)
	case len(cutoffs) > 1:
		return engine.Oracle{}, nil, fmt.Errorf("route %q of design %q compares confidences with several params (%s): move one by 'eval run --recall RUN --set name=value'", n.Name, p.Design.Name, strings.Join(cutoffs, ", "))
	}
	set := overrides(p)
	set[cutoffs[0]] = at
	moved, problems := design.Load(p.Design.File, w, r, design.Options{Set: set})
	return engine.Oracle{}, moved, problems.Err()
}

func leftOut(p *design.Plan, n *design.Node) (engine.Oracle, *design.Plan, error) {
	if n.Role != flow.Work {
		return engine.Oracle{}, nil, fmt.Errorf("step %q of design %q is of kind %s: only steps that work can be left out", n.Name, p.Design.Name, n.Kind)
	}
	return engine.Oracle{Without: []string{n.Name}}, nil, nil
}

// overrides are the params of a plan that were set for the run.
func overrides(p *design.Plan) map[string]string {
	set := map[string]string{}
	for _, param := range p.Design.Params {
		if param.Set {
			set[param.Name] = fmt.Sprint(param.Value)
		}
	}
	return set
}

// stepNames are the names of the plans' steps, each once.
func stepNames(plans []*design.Plan) []string {
	names := map[string]bool{}
	for _, p := range plans {
		for _, n := range p.Nodes {
			names[n.Name] = true
		}
	}
	return slices.Collect(maps.Keys(names))
}
