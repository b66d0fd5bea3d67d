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
	trying := func(name, title string, strengths []float64, detail, message string) Fault {
		f := service(name, title, "of tries", strengths, nil)
		f.detail = detail
		return tries(p, f, message)
	}
	out := []Fault{
		trying("timeouts", "answers come too late for the step that waits", []float64{0.05, 0.2, 0.5}, "timeout", "no answer in time"),
		trying("rate-limits", "calls are refused as too many (429)", []float64{0.1, 0.3, 0.6}, "rate", "429 too many requests"),
		trying("server-errors", "calls end in an error of the server (5xx)", []float64{0.1, 0.3, 0.6}, "server", "503 service unavailable"),
		{
			Name: "slow-systems", Title: "models and systems take longer to answer", Of: "of their time, added", Strengths: []float64{1, 4, 9}, longer: true,
			step: slow, applies: has(isService), without: none, idle: "no call of these cases took a time that is known",
		},
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
func call(n *design.Node, in flow.Input) string { return callNamed(n.Name, in.Key) }

func callNamed(step string, key flow.Key) string { return step + "#" + strconv.Itoa(key.Attempt) }

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
		switch {
		case f.Type.Kind == flow.List:
			values[i] = []any{}
		case f.Type.Optional: // a column, or an aggregate over none
		case f.Type.Kind == flow.Boolean:
			values[i] = false
		case f.Type.Kind == flow.Integer:
			values[i] = int64(0)
		case f.Type.Kind == flow.Number:
			values[i] = 0.0
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

// retries says whether the node's step tries again by itself, and lets every try
// fail for it.
func retries(n *design.Node) bool {
	_, ok := n.Step.(flow.Retrier)
	return ok && isService(n)
}

// retriers are the steps of a design that try again by themselves, each with how
// often it tries.
func retriers(p *design.Plan) []Retrier {
	var out []Retrier
	for n := range p.Working() {
		if retries(n) {
			out = append(out, Retrier{Step: n.Name, Tries: n.Step.(flow.Retrier).Patience().Tries})
		}
	}
	return out
}

// tries is a fault that fails tries of calls: those that a step makes by itself
// one after the other, and the only one of a step that does not try again.
func tries(p *design.Plan, f Fault, message string) Fault {
	again := map[string]bool{}
	for _, r := range retriers(p) {
		again[r.Step] = true
	}
	f.drill = func(x *scene, key flow.Key, question string, n int) bool {
		return again[key.Step] && x.fails(callNamed(key.Step, key)+"/"+question, n)
	}
	f.step = func(x *scene, n *design.Node, in flow.Input, work work) (flow.Output, error) {
		switch {
		case !isService(n):
			return work(in)
		case retries(n):
			out, err := work(in)
			if e := (*flow.StepError)(nil); errors.As(err, &e) && e.Class == flow.ErrUnavailable && e.Detail == f.detail {
				x.givenUp.Add(1)
			}
			return out, err
		case !x.fails(call(n, in), 1):
			return work(in)
		}
		x.givenUp.Add(1)
		return flow.Output{Attempts: []flow.Attempt{{Class: flow.ErrUnavailable}}}, unavailable(f.detail, message)
	}
	return f
}

// fails draws whether the n-th try fails.
func (x *scene) fails(purpose string, n int) bool {
	r := x.rand(purpose)
	for range n - 1 {
		r.Float64()
	}
	if r.Float64() >= x.strength {
		return false
	}
	x.touched.Store(true)
	x.failedTries.Add(1)
	return true
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
