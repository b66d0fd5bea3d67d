package design_test

import (
	"context"
	"fmt"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin"
	"github.com/rehearse-dev/rehearse/internal/design"
)

const soundWorkflow = `
workflow: w
input: {a: integer, b: integer?, q: {enum: [x, y, z]}, s: string?}
outcome: {n: {type: integer, optional: true}, w: {enum: [x, y]}}
teams: {desk: {people: 1, minutes: 4}}
systems: {crm: {owner: support}}
`

// drawn is a design that was drawn, with the lines on which its parts stand.
type drawn struct {
	*rapid.T
	lines []string
	steps []drawnStep
	// What steps and conditions may read: whole numbers and words.
	numbers, words []string
	optional       map[string]bool
}

// drawnStep is a step, from its line on.
type drawnStep struct {
	name, kind string
	line       int
	rows       []int // lines of a table's rows, or of a route's branches
	open       bool  // nothing stands for what no row takes
	continues  bool
}

func (d *drawn) pick(what string, from ...string) string {
	return rapid.SampledFrom(from).Draw(d.T, what)
}

func (d *drawn) chance(what string, of int) bool { return rapid.IntRange(1, of).Draw(d.T, what) == 1 }

func (d *drawn) write(format string, a ...any) int {
	d.lines = append(d.lines, fmt.Sprintf(format, a...))
	return len(d.lines)
}

// number is one that is there, or with a guard.
func (d *drawn) number(names []string, guarded bool) string {
	name := rapid.SampledFrom(names).Draw(d.T, "number")
	if d.optional[name] || guarded && d.chance("guard", 3) {
		return fmt.Sprintf("(%s ?? %s)", name, d.pick("default", "0", "2"))
	}
	return name
}

// condition is one over some numbers and words.
func (d *drawn) condition(numbers, words []string, depth int) string {
	if depth > 0 && d.chance("joined", 3) {
		x, y := d.condition(numbers, words, depth-1), d.condition(numbers, words, depth-1)
		return d.pick("how", "("+x+" and "+y+")", "("+x+" or "+y+")", "not ("+x+")")
	}
	op := d.pick("comparison", "==", "!=", "<", "<=", ">", ">=")
	switch rapid.IntRange(0, 5).Draw(d.T, "leaf") {
	case 0:
		word := rapid.SampledFrom(words).Draw(d.T, "word")
		return d.pick("about a word", word+` == "x"`, word+` != "y"`, word+` in ["x", "y"]`)
	case 1:
		name := rapid.SampledFrom(numbers).Draw(d.T, "absent")
		return d.pick("about absence", name+" == null", name+" != null")
	case 2:
		return d.number(numbers, true) + " " + op + " params.p"
	}
	return d.number(numbers, true) + " " + op + " " + d.pick("limit", "0", "1", "2")
}

// draw writes a small design whose steps jump, leave values out, break, and
// have tables and routes with and without an else.
func draw(t *rapid.T) *drawn {
	d := &drawn{T: t, numbers: []string{"input.a", "input.b"}, words: []string{"input.q"}, optional: map[string]bool{"input.b": true}}
	d.write("design: d")
	d.write("workflow: w")
	d.write("params: {p: 1}")
	d.write("on_broken_handoff: fail")
	d.write("steps:")
	n := rapid.IntRange(2, 6).Draw(t, "steps")
	for i := range n {
		s := drawnStep{name: fmt.Sprintf("s%d", i), kind: d.pick("kind", "compute", "compute", "rules", "rules", "route", "route", "action")}
		s.line = d.write("  - name: %s", s.name)
		d.write("    kind: %s", s.kind)
		if s.kind == "route" {
			d.route(&s, i, n)
		} else {
			d.work(&s)
		}
		d.steps = append(d.steps, s)
	}
	d.write("outcome:")
	d.write("  n: '%s'", rapid.SampledFrom(d.numbers).Draw(t, "outcome"))
	d.write("  w: '%s'", d.pick("outcome's word", append(d.words, `input.q == "z" ? "x" : input.q`, `"y"`)...))
	return d
}

func (d *drawn) route(s *drawnStep, i, n int) {
	ways := []string{"escalate: desk, because: unsure", "end: true"}
	for k := i + 1; k < n; k++ {
		ways = append(ways, fmt.Sprintf("to: s%d", k), fmt.Sprintf("to: s%d", k))
	}
	d.write("    routes:")
	for range rapid.IntRange(1, 3).Draw(d.T, "branches") {
		s.rows = append(s.rows, d.write("      - {when: '%s', %s}", d.condition(d.numbers, d.words, 2), d.pick("way", ways...)))
	}
	if s.open = d.chance("open", 2); !s.open {
		s.rows = append(s.rows, d.write("      - {%s}", d.pick("else", ways...)))
	}
}

func (d *drawn) work(s *drawnStep) {
	name := rapid.SampledFrom(d.numbers).Draw(d.T, "v")
	if d.chance("value guard", 4) {
		name = fmt.Sprintf("%s ?? null", name)
	}
	d.write("    in:")
	d.write("      v: '%s'", name)
	d.write("      q: '%s'", rapid.SampledFrom(d.words).Draw(d.T, "q"))
	inner := map[string]bool{"in.v": d.optional[name] || strings.Contains(name, "??")}
	if d.chance("needs", 2) {
		d.write("    needs: [v]")
		inner["in.v"] = false
	}
	outer := d.optional
	d.optional = inner
	v := d.number([]string{"in.v"}, false)
	gives, maybe := "integer", false
	switch s.kind {
	case "action":
		d.write("    system: crm")
		d.optional = outer
		return
	case "compute":
		n := d.pick("compute", "int("+v+") % 3", v)
		if d.chance("gives nothing", 3) {
			n, gives, maybe = v+" == 1 ? null : int("+v+")", "integer?", true
		}
		d.write("    compute: {n: '%s', w: '%s'}", n, d.pick("word", "in.q", v+` > 1 ? "x" : "y"`, v+` > 1 ? "x" : in.q`))
		d.write("    out: {n: %s, w: {enum: [x, y, z]}}", gives)
	case "rules":
		d.write("    hit: %s", d.pick("hit", "first", "first", "unique"))
		d.write("    rules:")
		for k := range rapid.IntRange(1, 3).Draw(d.T, "rows") {
			s.rows = append(s.rows, d.write("      - {when: '%s', then: {n: '%d', w: %s}}", d.condition([]string{"in.v"}, []string{"in.q"}, 2), 100+k, d.pick("gives", "x", "y")))
		}
		if s.open = d.chance("open", 2); !s.open {
			d.write("    else: {n: 1, w: y}")
		}
		d.write("    out: {n: integer, w: {enum: [x, y]}}")
	}
	d.optional = outer
	if s.continues = d.chance("continues", 4); s.continues {
		d.write("    on_broken_handoff: {continue_with: {n: 2, w: y}}")
	}
	d.numbers, d.words = append(d.numbers, s.name+".n"), append(d.words, s.name+".w")
	d.optional[s.name+".n"] = maybe
}

// said is what lint says, by rule and line.
type said map[string]map[int]bool

func (s said) of(rule string, from, to int) bool {
	for line := range s[rule] {
		if line >= from && line < to {
			return true
		}
	}
	return false
}

// claim is one thing that lint proves, how often it did, and how often it
// warned and the cases bore it out.
type claim struct{ proved, warned, happened int }

// TestSound holds what lint proves against what happens: a random design is
// run on random cases, and nothing may happen that lint said does not.
func TestSound(t *testing.T) {
	r := new(flow.Registry)
	builtin.Register(r)
	w, problems := design.ParseWorkflow("workflow.yaml", []byte(soundWorkflow))
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	claims := map[string]*claim{}
	designs := 0
	rapid.Check(t, func(t *rapid.T) {
		d := draw(t)
		text := strings.Join(d.lines, "\n") + "\n"
		plan, problems := design.Parse("d.yaml", []byte(text), w, r, design.Options{})
		if plan == nil {
			// What breaks in every case is an error. Silenced, it can be shown to.
			for _, p := range problems.Errors() {
				if p.Rule != "broken-handoff" {
					t.Fatalf("%v\n%s", problems, text)
				}
				if at := p.Pos.Line - 1; !strings.Contains(d.lines[at], "# lint") {
					d.lines[at] += " # lint: allow broken-handoff because it is to be shown"
				}
			}
			text = strings.Join(d.lines, "\n") + "\n"
			errors := problems.Errors()
			if plan, problems = design.Parse("d.yaml", []byte(text), w, r, design.Options{}); plan == nil {
				t.Fatalf("%v\n%s", problems, text)
			}
			problems = append(problems, errors...)
		}
		found := said{}
		for _, p := range problems {
			if found[p.Rule] == nil {
				found[p.Rule] = map[int]bool{}
			}
			found[p.Rule][p.Pos.Line] = true
		}
		designs++
		h := &held{drawn: d, found: found, seen: map[string]bool{}}
		// What is proven holds however params are set.
		other, _ := design.Parse("d.yaml", []byte(text), w, r, design.Options{Set: map[string]string{"p": fmt.Sprint(rapid.IntRange(-1, 3).Draw(t, "p"))}})
		workers := []*engine.Worker{engine.NewRunner(plan, 1, nil).NewWorker(), engine.NewRunner(other, 1, nil).NewWorker()}
		for i := range 60 {
			c := randomCase(t, w)
			var trial flow.Trial
			if _, err := workers[i%2].Run(context.Background(), c, 0, 0, &trial, nil); err != nil {
				t.Fatal(err)
			}
			if broken := h.holds(&trial); broken != "" {
				t.Fatalf("%s: case %v\n%s", broken, c.Input.Values, text)
			}
		}
		h.count(claims)
	})
	t.Logf("%d designs", designs)
	for _, name := range claimed {
		c := claims[name]
		if c == nil || c.proved == 0 || c.warned > 0 && c.happened == 0 && name != "dead-branch" {
			t.Errorf("%s: %+v: that tests nothing", name, c)
			continue
		}
		t.Logf("| `%s` | %d | %d | %d |", name, c.proved, c.warned, c.happened)
	}
}

func randomCase(t *rapid.T, w *design.Workflow) *flow.Case {
	values := []any{rapid.Int64Range(-1, 4).Draw(t, "a"), nil, rapid.SampledFrom([]string{"x", "y", "z"}).Draw(t, "q"), nil}
	if rapid.Bool().Draw(t, "has b") {
		values[1] = rapid.Int64Range(-1, 4).Draw(t, "b")
	}
	return &flow.Case{ID: "c", Cluster: "c", Weight: 1, Input: flow.Message{Schema: w.Input, Values: values}}
}

var claimed = []string{"open-route", "open-table", "skipped-step, unmet-need", "foreign-word", "unowned-outcome", "dead-branch", "dead-row", "unreachable-step", "broken-handoff"}

// held holds trials of one design against what lint said of it.
type held struct {
	*drawn
	found said
	seen  map[string]bool // what happened, by rule and step
}

// linesOf are those of a step, from and up to.
func (h *held) linesOf(i int) (from, to int) {
	if i+1 < len(h.steps) {
		return h.steps[i].line, h.steps[i+1].line
	}
	to, _ = h.outcomeLines()
	return h.steps[i].line, to
}

func (h *held) outcomeLines() (from, to int) {
	from = slices.Index(h.lines, "outcome:") + 1
	return from, len(h.lines) + 1
}

// holds says what of a trial lint had said cannot be; "" for nothing.
func (h *held) holds(t *flow.Trial) string {
	entered := map[string]*flow.Handoff{}
	for i := range t.Handoffs {
		x := &t.Handoffs[i]
		if !x.Shadow && x.Clause != "output" {
			entered[x.To] = x
		}
		if x.Shadow {
			continue
		}
		switch {
		case x.To == "nobody":
			if h.happened("open-route", x.From) {
				return "a case that no branch takes"
			}
		case x.To == "outcome" && x.Kind == flow.Malformed && x.Clause != "output":
			if h.happened("foreign-word", "outcome") {
				return "a word that the outcome does not have"
			}
		case x.Kind == flow.Incomplete && x.Clause != "receiver":
			if h.happened("skipped-step, unmet-need", x.To) {
				return "a value that is absent: " + x.Clause
			}
		}
	}
	acted := false
	for i := range t.Spans {
		s := &t.Spans[i]
		if s.Shadow {
			continue
		}
		acted = acted || s.Kind == "action"
		if strings.Contains(s.Error, "no rule matches") && h.happened("open-table", s.Step) {
			return "a case that no row takes"
		}
		if row := h.rowOf(s); row >= 0 && h.found["dead-row"][row] {
			return fmt.Sprintf("a case came to row in line %d", row)
		}
	}
	if t.Status == flow.Automated && !acted && h.happened("unowned-outcome", "outcome") {
		return "a case ended without an action"
	}
	for i := range t.Routes {
		r := &t.Routes[i]
		if r.Shadow || r.Branch < 0 {
			continue
		}
		if line := h.step(r.Step).rows[r.Branch]; h.found["dead-branch"][line] {
			return fmt.Sprintf("a case came to the branch in line %d", line)
		}
	}
	for i, s := range h.steps {
		x, came := entered[s.name]
		from, to := h.linesOf(i)
		switch {
		case came && h.found.of("unreachable-step", from, to):
			return "a case came to " + s.name
		case came && x.Kind == "" && h.found.of("broken-handoff", from, to):
			return "the handoff to " + s.name + " held"
		}
	}
	return ""
}

func (h *held) step(name string) *drawnStep {
	return &h.steps[slices.IndexFunc(h.steps, func(s drawnStep) bool { return s.name == name })]
}

// rowOf is the line of the row that gave a table's output; -1 for none.
func (h *held) rowOf(s *flow.Span) int {
	step := h.step(s.Step)
	for k, line := range step.rows {
		if step.kind == "rules" && strings.Contains(string(s.Output), fmt.Sprintf(`"n":%d`, 100+k)) {
			return line
		}
	}
	return -1
}

// happened notes what a rule is about, and says whether lint had not said that
// it may be.
func (h *held) happened(rule, step string) bool {
	h.seen[rule+" "+step] = true
	return !h.warned(rule, step)
}

// warned says whether lint says of a step, or of the outcome, what a rule is
// about.
func (h *held) warned(rule, step string) bool {
	from, to := h.outcomeLines()
	if step != "outcome" {
		from, to = h.linesOf(slices.IndexFunc(h.steps, func(s drawnStep) bool { return s.name == step }))
	}
	switch rule {
	case "unowned-outcome":
		return len(h.found[rule]) > 0
	case "skipped-step, unmet-need":
		// Where the step goes on with other values, or the handoff breaks in
		// every case, lint has said all there is.
		return h.found.of("skipped-step", from, to) || h.found.of("unmet-need", from, to) || h.found.of("broken-handoff", from, to) ||
			step != "outcome" && h.step(step).continues
	}
	return h.found.of(rule, from, to)
}

// count adds up what was proved of the design, and which warnings were borne
// out.
func (h *held) count(claims map[string]*claim) {
	add := func(rule, step string) {
		c := claims[rule]
		if c == nil {
			c = &claim{}
			claims[rule] = c
		}
		if !h.warned(rule, step) {
			c.proved++
			return
		}
		c.warned++
		if h.seen[rule+" "+step] {
			c.happened++
		}
	}
	for i, s := range h.steps {
		if !h.found.of("unreachable-step", s.line, s.line+1) {
			switch {
			case s.kind == "route" && s.open:
				add("open-route", s.name)
			case s.kind == "rules" && s.open:
				add("open-table", s.name)
			}
			if !s.continues {
				add("skipped-step, unmet-need", s.name)
			}
		}
		from, to := h.linesOf(i)
		for rule, lines := range map[string]map[int]bool{"dead-branch": h.found["dead-branch"], "dead-row": h.found["dead-row"], "unreachable-step": h.found["unreachable-step"], "broken-handoff": h.found["broken-handoff"]} {
			for line := range lines {
				if line >= from && line < to {
					if claims[rule] == nil {
						claims[rule] = &claim{}
					}
					claims[rule].proved++ // what lint says here is that something cannot be
				}
			}
		}
	}
	add("foreign-word", "outcome")
	add("unowned-outcome", "outcome")
	add("skipped-step, unmet-need", "outcome")
}
