package stress

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
)

// contextFaults are those of what a design looks up.
func contextFaults() []Fault {
	const none = "a step that looks something up"
	return []Fault{
		{Name: "empty-lookups", Title: "look-ups find nothing", Of: "of look-ups", Strengths: []float64{0.1, 0.3, 1}, step: empty, applies: has(looksUp), without: none},
		{Name: "stale-lookups", Title: "look-ups see what was there 30 days before", Of: "of look-ups", Strengths: []float64{0.1, 0.3, 1}, step: stale, applies: has(looksUpAsOf), without: "a look-up that is given a time"},
		{Name: "missed-documents", Title: "documents that are searched for are not found", Of: "of documents found", Strengths: []float64{0.1, 0.3, 1}, step: missed, applies: has(retrieves), without: "a step of kind retrieve"},
	}
}

// systemFaults are those of models and systems of record that are asked.
func systemFaults(p *design.Plan) []Fault {
	const none = "a step that asks a model or a system"
	service := func(name, title, of string, strengths []float64, step func(*scene, *design.Node, flow.Input, work) (flow.Output, error)) Fault {
		return Fault{Name: name, Title: title, Of: of, Strengths: strengths, step: step, applies: has(isService), without: none}
	}
	out := []Fault{
		service("timeouts", "answers come too late for the step that waits", "of calls", []float64{0.05, 0.2, 0.5}, timeouts),
		service("rate-limits", "calls are refused as too many (429)", "of tries", []float64{0.1, 0.3, 0.6}, refused("rate", "429 too many requests")),
		service("server-errors", "calls end in an error of the server (5xx)", "of tries", []float64{0.1, 0.3, 0.6}, refused("server", "503 service unavailable")),
		service("partial-answers", "fields of answers are empty", "of fields", []float64{0.05, 0.2, 0.5}, partial),
		{Name: "twice", Title: "actions are asked for twice, as after a lost reply", Of: "of actions", Strengths: []float64{0.1, 0.3, 1}, step: twice, applies: has(isAction), without: "an action"},
	}
	for _, s := range services(p) {
		out = append(out, service("outage:"+s, s+" is down for a part of the time", "of the time", []float64{0.1, 0.3, 1}, outage(s)))
	}
	return out
}

// has says whether a node of a design is of that sort.
func has(sort func(*design.Node) bool) func(*design.Plan) bool {
	return func(p *design.Plan) bool {
		for n := range p.Working() {
			if sort(n) {
				return true
			}
		}
		return false
	}
}

func looksUp(n *design.Node) bool   { return n.Kind == "lookup" || retrieves(n) }
func retrieves(n *design.Node) bool { return n.Kind == "retrieve" }
func isAction(n *design.Node) bool  { return n.Role == flow.Action }

// looksUpAsOf says whether a look-up is given a time, as that which it looks at
// its table as of.
func looksUpAsOf(n *design.Node) bool {
	return n.Kind == "lookup" && slices.ContainsFunc(n.Schema.Fields(), isTime)
}

func isTime(f flow.Field) bool { return f.Type.Kind == flow.Time }

// isService says whether somebody else does the node's work: a model, or a system
// of record.
func isService(n *design.Node) bool {
	return n.Step != nil && (n.Actor == flow.AI || n.Actor == flow.System)
}

// serviceOf is who does a node's work: the system that it names, else the step
// itself.
func serviceOf(n *design.Node) string {
	if n.System != "" {
		return n.System
	}
	return n.Name
}

// services are those that a design asks, each once, in its order.
func services(p *design.Plan) []string {
	var out []string
	for n := range p.Working() {
		if s := serviceOf(n); isService(n) && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// call names one call of a node, of which there are several for a tool.
func call(n *design.Node, in flow.Input) string {
	return n.Name + "#" + strconv.Itoa(in.Key.Attempt)
}

func empty(x *scene, n *design.Node, in flow.Input, work work) (flow.Output, error) {
	if !looksUp(n) || !x.strike(call(n, in)) {
		return work(in)
	}
	return flow.Output{Values: nothing(n.Out)}, nil
}

// nothing is what a look-up gives that finds no row, and a search without a hit.
func nothing(s *flow.Schema) []any {
	values := make([]any, s.Len())
	for i, f := range s.Fields() {
		switch f.Type.Kind {
		case flow.Boolean:
			values[i] = false
		case flow.List:
			values[i] = []any{}
		case flow.Integer:
			if !f.Type.Optional {
				values[i] = int64(0)
			}
		case flow.Number:
			if !f.Type.Optional {
				values[i] = 0.0
			}
		}
	}
	return values
}

// staleBy is how old the state is that a stale look-up sees.
const staleBy = 30 * 24 * time.Hour

func stale(x *scene, n *design.Node, in flow.Input, work work) (flow.Output, error) {
	if !looksUpAsOf(n) || !x.strike(call(n, in)) {
		return work(in)
	}
	in.Values = slices.Clone(in.Values)
	for i, v := range in.Values {
		if at, ok := v.(time.Time); ok && isTime(n.Schema.Fields()[i]) {
			in.Values[i] = at.Add(-staleBy)
		}
	}
	return work(in)
}

// missed takes documents out of what a search gave. Where the best is lost, so is
// what was said of it alone.
func missed(x *scene, n *design.Node, in flow.Input, work work) (flow.Output, error) {
	out, err := work(in)
	if err != nil || !retrieves(n) {
		return out, err
	}
	out.Values = slices.Clone(out.Values)
	best := false
	for i := range out.Values {
		list, ok := out.Values[i].([]any)
		if !ok {
			continue
		}
		left := []any{}
		for k, v := range list {
			if x.strike(call(n, in) + ":" + document(v)) {
				best = best || k == 0
				continue
			}
			left = append(left, v)
		}
		out.Values[i] = left
	}
	for i := range out.Values {
		if _, list := out.Values[i].([]any); best && !list {
			out.Values[i] = nil
		}
	}
	return out, nil
}

// document is the id of a document that was found, or of a hit in it.
func document(v any) string {
	if hit, ok := v.(map[string]any); ok {
		v = hit["document"]
	}
	return fmt.Sprint(v)
}

func timeouts(x *scene, n *design.Node, in flow.Input, work work) (flow.Output, error) {
	if !isService(n) || !x.strike(call(n, in)) {
		return work(in)
	}
	return flow.Output{}, unavailable("timeout", "no answer in time")
}

// tries is how often a step of a kind asks before it gives up, where its kind
// tries again by itself.
func tries(n *design.Node) int {
	if n.Kind == "llm" || n.Kind == "http" {
		return 3
	}
	return 1
}

// refused fails tries of a call. The call fails where all of them do.
func refused(detail, message string) func(*scene, *design.Node, flow.Input, work) (flow.Output, error) {
	return func(x *scene, n *design.Node, in flow.Input, work work) (flow.Output, error) {
		if !isService(n) {
			return work(in)
		}
		r, failed := x.rand(call(n, in)), 0
		for failed < tries(n) && r.Float64() < x.strength {
			failed++
		}
		if failed > 0 {
			x.touched.Store(true)
		}
		if failed == tries(n) {
			return flow.Output{}, unavailable(detail, message)
		}
		return work(in)
	}
}

func partial(x *scene, n *design.Node, in flow.Input, work work) (flow.Output, error) {
	out, err := work(in)
	if err != nil || !isService(n) {
		return out, err
	}
	out.Values = slices.Clone(out.Values)
	r := x.rand(call(n, in))
	for i := range out.Values {
		if strikes := r.Float64() < x.strength; strikes && out.Values[i] != nil {
			out.Values[i] = nil
			x.touched.Store(true)
		}
	}
	return out, nil
}

// outage has a system fail for a part of the time: for the cases that come within
// it, all calls.
func outage(system string) func(*scene, *design.Node, flow.Input, work) (flow.Output, error) {
	return func(x *scene, n *design.Node, in flow.Input, work work) (flow.Output, error) {
		if !isService(n) || serviceOf(n) != system || !x.within() {
			return work(in)
		}
		x.touched.Store(true)
		return flow.Output{}, unavailable("outage", system+" is down")
	}
}

// within says whether the case comes while something is down: it begins at a
// drawn time, and the period's end is joined to its beginning.
func (x *scene) within() bool {
	begins := flow.Key{Seed: x.seed, Step: "fault:" + x.fault.Name}.Rand("begins").Float64()
	_, since := math.Modf(x.place - begins + 1)
	return since < x.strength
}

// twice asks for an action twice. One that has a key is known again by it; one
// without is done twice, and nobody notices.
func twice(x *scene, n *design.Node, in flow.Input, work work) (flow.Output, error) {
	out, err := work(in)
	if err == nil && isAction(n) && x.strike(call(n, in)) && out.Key == "" {
		x.doubled.Store(n)
	}
	return out, err
}

func unavailable(detail, message string) error {
	return &flow.StepError{Class: flow.ErrUnavailable, Detail: detail, Err: errors.New(message)}
}
