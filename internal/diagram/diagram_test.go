package diagram

import (
	"context"
	"encoding/xml"
	"flag"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin"
	"github.com/rehearse-dev/rehearse/internal/design"
)

var update = flag.Bool("update", false, "write the golden files anew")

// shipped are the plans of all designs of the repository.
func shipped(t *testing.T) map[string]*design.Plan {
	t.Helper()
	r := new(flow.Registry)
	builtin.Register(r)
	out := map[string]*design.Plan{}
	workflows, err := filepath.Glob("../../workflows/*/workflow.yaml")
	if err != nil || len(workflows) == 0 {
		t.Fatal(workflows, err)
	}
	for _, path := range workflows {
		w, problems := design.LoadWorkflow(path)
		if err := problems.Err(); err != nil {
			t.Fatal(err)
		}
		files, err := design.Files(w.Dir)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range files {
			p, problems := design.Load(f, w, design.Outlines(r), design.Options{})
			if err := problems.Err(); err != nil {
				t.Fatal(err)
			}
			out[w.Name+"-"+p.Design.Name] = p
		}
	}
	return out
}

// fataler is a test, or the check of a property.
type fataler interface {
	Helper()
	Fatal(...any)
	Fatalf(string, ...any)
}

func svg(t fataler, g *Graph, o Options) string {
	t.Helper()
	var b strings.Builder
	if err := g.SVG(&b, o); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func mermaid(t fataler, g *Graph) string {
	t.Helper()
	var b strings.Builder
	if err := g.Mermaid(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(strings.Split(string(want), "\n"), strings.Split(got, "\n")); diff != "" {
		t.Errorf("%s (-want +got)\n%s", name, diff)
	}
}

// Designs of all shipped workflows can be drawn, those of invoices byte by byte.
func TestShipped(t *testing.T) {
	for name, p := range shipped(t) {
		g := Of(p)
		drawn := svg(t, g, Options{})
		if strings.HasPrefix(name, "invoice-") {
			golden(t, name+".svg", drawn)
			golden(t, name+".mmd", mermaid(t, g))
		}
		once(t, g)
		apart(t, g)
	}
	golden(t, "counted.svg", svg(t, counted(t), Options{}))
	golden(t, "counted.mmd", mermaid(t, counted(t)))
}

// counted is a graph with a group, two teams, and counts.
func counted(t fataler) *Graph {
	broken := design.Broken{Mode: design.Escalate, Team: "clerks"}
	grp := &design.Group{Name: "readers", First: 0, Last: 1}
	p := &design.Plan{
		Workflow: &design.Workflow{Name: "tickets", Outcome: flow.NewSchema(flow.Field{Name: "queue"})},
		Design:   &design.Design{Name: "panel", Title: "Two readers and a vote"},
		Nodes: []*design.Node{
			{Index: 0, Name: "first", Kind: "llm", Actor: flow.AI, Group: grp, Broken: broken},
			{Index: 1, Name: "second", Kind: "rules", Actor: flow.Rule, Group: grp, Broken: design.Broken{Mode: design.Continue}},
			{Index: 2, Name: "decide", Kind: "route", Role: flow.Routing, Route: &design.Route{Branches: []design.Branch{
				{To: -1, Team: "experts", Because: "policy", Source: "input.amount > 1000"}, {To: -1, Team: "clerks", Because: "unsure", Source: "first.p < 0.8"}, {To: 4}, {To: -1, End: true},
			}}},
			{Index: 3, Name: "never", Kind: "compute", Actor: flow.Rule},
			{Index: 4, Name: "post", Kind: "action", Actor: flow.System, Role: flow.Action, System: "crm", Owner: "support", Broken: broken},
		},
	}
	g := Of(p)
	count := func(times int, trial flow.Trial) {
		trial.Design = "panel"
		for range times {
			if err := g.Count(&trial); err != nil {
				t.Fatal(err)
			}
		}
	}
	to := func(names ...string) (out []flow.Handoff) {
		for _, n := range names {
			name, broken := strings.CutPrefix(n, "!")
			h := flow.Handoff{From: "input", To: name}
			if broken {
				h.Kind = flow.Incomplete
			}
			out = append(out, h)
		}
		return out
	}
	both := []flow.Span{{Step: "first"}, {Step: "second"}}
	branch := func(b int) []flow.RouteTaken { return []flow.RouteTaken{{Step: "decide", Branch: b}} }
	count(1000, flow.Trial{Handoffs: to("first", "second", "decide", "post"), Spans: append(both, flow.Span{Step: "post"}), Routes: branch(2)})
	count(30, flow.Trial{Handoffs: to("first", "!second", "decide", "clerks"), Spans: both, Routes: branch(1)})
	count(300, flow.Trial{Handoffs: to("first", "second", "decide", "!experts"), Spans: both, Routes: branch(0)})
	count(5, flow.Trial{Handoffs: to("!first", "clerks", "second"), Spans: both[1:]})
	return g
}

// once checks that every step is drawn once, in both ways.
func once(t fataler, g *Graph) {
	shown := " " + strings.Join(texts(t, svg(t, g, Options{Embedded: true}))["name"], " ") + " "
	for _, n := range g.plan.Nodes {
		as := 1
		for _, other := range g.Nodes { // a team or a system may have a step's name
			as += btoi(other.Name == n.Name && other.Kind != Step && other.Kind != Decision)
		}
		if c := strings.Count(shown, " "+n.Name+" "); c != as {
			t.Fatalf("step %s is drawn %d times", n.Name, c)
		}
		if c := strings.Count(mermaid(t, g), "\""+n.Name+"<br/>"); c != as {
			t.Fatalf("step %s is %d times in the Mermaid text", n.Name, c)
		}
	}
}

// texts are the texts of an SVG by the class of the element they stand in.
func texts(t fataler, drawn string) map[string][]string {
	t.Helper()
	out := map[string][]string{}
	dec := xml.NewDecoder(strings.NewReader(drawn))
	var class []string
	for {
		tok, err := dec.Token()
		if err == io.EOF {
			return out
		}
		if err != nil {
			t.Fatalf("no XML: %v\n%s", err, drawn)
		}
		switch x := tok.(type) {
		case xml.StartElement:
			if strings.EqualFold(x.Name.Local, "script") || strings.EqualFold(x.Name.Local, "foreignObject") {
				t.Fatalf("the SVG has an element %s", x.Name.Local)
			}
			c := x.Name.Local
			for _, a := range x.Attr {
				if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") {
					t.Fatalf("the SVG has an attribute %s", a.Name.Local)
				}
				if a.Name.Local == "class" && c == "text" {
					c = a.Value
				}
			}
			class = append(class, c)
		case xml.EndElement:
			class = class[:len(class)-1]
		case xml.CharData:
			if n := len(class); n > 0 && strings.TrimSpace(string(x)) != "" {
				out[class[n-1]] = append(out[class[n-1]], string(x))
			}
		}
	}
}

const hostile = "\"]--><script>alert(1)</script>\x00\u202e`%%{init}%%` #quot; end\nclick n0"

// TestJudged: what only labels show stands at the receiver, whatever the record
// calls it, and breaks no line.
func TestJudged(t *testing.T) {
	g := counted(t)
	before := len(g.Edges)
	for _, row := range []struct {
		to    string
		times int
	}{{"post", 1200}, {"post", 34}, {"decide", 7}, {"experts", 2}, {"outcome", 3}, {"end", 1}, {"readers", 5}, {"nowhere", 9}, {"first", 0}} {
		g.Judge(row.to, flow.Corrupted, row.times)
	}
	g.Judge("post", flow.Misrouted, 6)
	drawn, written := svg(t, g, Options{}), mermaid(t, g)
	notes := strings.Join(texts(t, drawn)["note"], "\n")
	for _, want := range []string{"1,240 by labels · ", "7 by labels · decision", "300, 2 by labels", "1,335, 4 by labels"} {
		if !strings.Contains(notes, want) {
			t.Errorf("no note has %q:\n%s", want, notes)
		}
	}
	for _, want := range []string{"handoffs into it that only labels show to have failed: corrupted 1,234, misrouted 6", "By labels: "} {
		if !strings.Contains(drawn, want) {
			t.Errorf("the SVG does not say %q", want)
		}
	}
	if !strings.Contains(written, "7 by labels") || len(g.Edges) != before {
		t.Errorf("Mermaid does not say it:\n%s", written)
	}
	if plain := svg(t, counted(t), Options{}); strings.Contains(plain, "by labels") || strings.Contains(plain, "By labels") {
		t.Error("a graph that nobody judged speaks of labels")
	}
}

func TestHostileText(t *testing.T) {
	w := &design.Workflow{
		Name: hostile, Trigger: hostile,
		Outcome: flow.NewSchema(flow.Field{Name: hostile, Type: flow.Type{Kind: flow.String, Optional: true}}),
		Teams:   []design.Team{{Name: hostile}},
	}
	p := &design.Plan{Workflow: w, Design: &design.Design{Name: hostile, Title: hostile}, Nodes: []*design.Node{
		{Index: 0, Name: hostile, Kind: hostile, Actor: flow.Actor(hostile), Role: flow.Action, System: hostile, Owner: hostile, Broken: design.Broken{Mode: design.Escalate, Team: hostile}},
		{Index: 1, Name: "b", Role: flow.Routing, Route: &design.Route{Branches: []design.Branch{{To: -1, Team: hostile, Because: hostile, Source: hostile}, {To: -1, End: true}}}, Broken: design.Broken{Mode: design.Fail}},
	}}
	g := Of(p)
	g.Trials = 3
	drawn := svg(t, g, Options{ID: `x"><b>`})
	for class, all := range texts(t, drawn) {
		for _, s := range all {
			if strings.ContainsAny(s, "\x00\u202e") {
				t.Errorf("%s: a character that cannot be seen is shown: %q", class, s)
			}
		}
	}
	golden(t, "hostile.mmd", mermaid(t, g))
	for line := range strings.Lines(mermaid(t, g)) {
		if strings.ContainsAny(strings.Trim(line, "\n"), "<`\x00\u202e") && strings.Count(line, "<") != strings.Count(line, "<br/>") {
			t.Errorf("Mermaid gets %q", line)
		}
	}
}

// A random design, and what its steps do in a trial.
type world struct {
	plan *design.Plan
	does []byte // by node: what it does in the trial at hand
}

type now struct {
	w    *world
	i, b int
}

func (v now) Eval([]any) (any, error) { return v.w.does[v.i]%8 == byte(v.b), nil }

type breaks struct {
	w *world
	i int
}

func (v breaks) Eval([]any) (any, error) {
	if v.w.does[v.i] == 100 {
		return nil, nil
	}
	return "x", nil
}

func (w *world) step(i int) flow.Step {
	return flow.StepFunc(func(context.Context, flow.Input) (flow.Output, error) {
		classes := map[byte]flow.ErrorClass{1: flow.ErrStep, 2: flow.ErrRejected, 3: flow.ErrUnavailable, 4: flow.ErrNotMeasured, 5: flow.ErrMalformed, 6: flow.ErrIncomplete}
		if class, ok := classes[w.does[i]]; ok {
			return flow.Output{}, flow.Errorf(class, "it went wrong")
		}
		return flow.Output{Values: []any{"y"}}, nil
	})
}

func (w *world) draw(t *rapid.T) {
	text := flow.Type{Kind: flow.String}
	wf := &design.Workflow{
		Name: "w", Outcome: flow.NewSchema(flow.Field{Name: "o", Type: flow.Type{Kind: flow.String, Optional: true}}),
		Input: flow.NewSchema(), Teams: []design.Team{{Name: "t0"}, {Name: "t1"}}, Compare: []design.Comparator{{}},
	}
	n := rapid.IntRange(1, 9).Draw(t, "steps")
	w.plan = &design.Plan{Workflow: wf, Design: &design.Design{Name: "d"}, Outcome: []design.Value{nil}, Slots: n}
	w.does = make([]byte, n)
	team := func() string { return rapid.SampledFrom([]string{"t0", "t1"}).Draw(t, "team") }
	for i := range n {
		node := &design.Node{Index: i, Name: fmt.Sprintf("s%d", i), Kind: "k", Actor: flow.Rule, OutSlot: i, Edge: design.Edge{From: "input"}}
		node.In = []design.Binding{{Name: "output", Type: text, Value: breaks{w, i}}}
		node.Schema = flow.NewSchema(flow.Field{Name: "output", Type: text})
		node.Out = flow.NewSchema(flow.Field{Name: "v", Type: text})
		modes := []design.Broken{{Mode: design.Fail}, {Mode: design.Escalate, Team: team()}, {Mode: design.Continue, With: []any{"z"}}}
		node.Broken = rapid.SampledFrom(modes).Draw(t, "broken")
		switch rapid.SampledFrom([]string{"work", "work", "action", "route", "answer"}).Draw(t, "role") {
		case "work":
			node.Step = w.step(i)
		case "action":
			node.Role, node.Step, node.System = flow.Action, w.step(i), "erp"
		case "answer":
			node.Role, node.Answer = flow.Answer, &design.Answer{Team: team(), Final: true}
		case "route":
			node.Role, node.In, node.Out, node.Schema = flow.Routing, nil, nil, flow.NewSchema()
			node.Route = &design.Route{Schema: flow.NewSchema()}
			for b := range rapid.IntRange(1, 4).Draw(t, "branches") {
				branch := design.Branch{To: -1, When: now{w, i, b}, Source: "x > 1"}
				switch to := rapid.IntRange(i+1, n+2).Draw(t, "to"); {
				case to < n:
					branch.To = to
				case to == n:
					branch.End = true
				default:
					branch.Team, branch.Because = team(), "unsure"
				}
				node.Route.Branches = append(node.Route.Branches, branch)
			}
			if rapid.Bool().Draw(t, "else") {
				node.Route.Branches = append(node.Route.Branches, design.Branch{To: -1, End: true})
			}
		}
		w.plan.Nodes = append(w.plan.Nodes, node)
	}
	w.group(t)
}

// group has steps that only work, and that no route leads into, work side by
// side.
func (w *world) group(t *rapid.T) {
	into := map[int]bool{}
	var open *design.Group
	for i, n := range w.plan.Nodes {
		if n.Role != flow.Work || into[i] {
			open = nil
		} else if open != nil {
			open.Last, n.Group = i, open
			continue
		}
		if n.Route != nil {
			for _, b := range n.Route.Branches {
				into[b.To] = true
			}
		}
		if n.Role == flow.Work && i+1 < len(w.plan.Nodes) && w.plan.Nodes[i+1].Role == flow.Work && !into[i+1] && rapid.Bool().Draw(t, "group") {
			open = &design.Group{Name: fmt.Sprintf("g%d", i), First: i, Last: i, FirstFailure: rapid.Bool().Draw(t, "first failure")}
			n.Group = open
			w.plan.Groups = append(w.plan.Groups, open)
		}
	}
}

// Every step of any design is drawn once; every handoff that the engine records
// is counted once, and every trial ends somewhere.
func TestRandomDesigns(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		w := &world{}
		w.draw(t)
		g := Of(w.plan)
		worker := engine.NewRunner(w.plan, 1, nil).NewWorker()
		handoffs, failed, unmeasured := 0, 0, 0
		trials := rapid.IntRange(0, 20).Draw(t, "trials")
		for c := range trials {
			for i := range w.does {
				w.does[i] = rapid.SampledFrom([]byte{0, 0, 0, 1, 2, 3, 4, 5, 6, 100}).Draw(t, "does")
			}
			var trial flow.Trial
			if _, err := worker.Run(context.Background(), &flow.Case{ID: fmt.Sprint(c), Weight: 1}, 0, 1, &trial, nil); err != nil {
				t.Fatal(err)
			}
			for _, h := range trial.Handoffs {
				if !h.Shadow {
					handoffs++
					failed += btoi(h.Kind != "")
				}
			}
			unmeasured += btoi(trial.Status == flow.NotMeasured)
			if err := g.Count(&trial); err != nil {
				t.Fatal(err)
			}
		}
		gotHandoffs, gotFailed, ended := 0, 0, 0
		for _, n := range g.Nodes {
			gotHandoffs, gotFailed = gotHandoffs+n.Lost, gotFailed+n.Lost
			if n.Kind == Outcome || n.Kind == Failure {
				ended += n.Visits
			}
		}
		for _, e := range g.Edges {
			gotFailed += e.Failed
			switch k := g.Nodes[e.To].Kind; {
			case k == Step || k == Decision || k == Team:
				gotHandoffs += e.Used
			case k == Outcome || k == Group:
				gotHandoffs += e.Failed // of a step whose output was of no use
			}
		}
		if gotHandoffs != handoffs || gotFailed != failed {
			t.Fatalf("%d handoffs counted, %d of them failed; %d and %d are on record", gotHandoffs, gotFailed, handoffs, failed)
		}
		if ended+unmeasured != trials {
			t.Fatalf("%d trials ended and %d were not measured, of %d", ended, unmeasured, trials)
		}
		drawn := svg(t, g, Options{Embedded: true})
		if again := svg(t, g, Options{Embedded: true}); drawn != again {
			t.Fatal("the same graph gave other bytes")
		}
		once(t, g)
		apart(t, g)
	})
}

// apart checks that no two boxes overlap and all are within the picture.
func apart(t fataler, g *Graph) {
	l := place(g, 0)
	for i, a := range l.box {
		if a.x < 0 || a.y < 0 || a.end() > l.width || a.bottom() > l.height {
			t.Fatalf("%s is outside the picture", g.Nodes[i].Name)
		}
		for j, b := range l.box[:i] {
			if g.Nodes[i].In == j && j > 0 {
				if a.x < b.x || a.end() > b.end() || a.y < b.y || a.bottom() > b.bottom() {
					t.Fatalf("%s is outside its group", g.Nodes[i].Name)
				}
				continue
			}
			if a.x < b.end() && b.x < a.end() && a.y < b.bottom() && b.y < a.bottom() {
				t.Fatalf("%s and %s overlap", g.Nodes[i].Name, g.Nodes[j].Name)
			}
		}
	}
}

// A record that the design cannot have made is refused, and counts nothing.
func TestForeignTrials(t *testing.T) {
	g := Of(shipped(t)["invoice-rules"])
	before := svg(t, g, Options{})
	for why, trial := range map[string]flow.Trial{
		"another first step":    {Handoffs: []flow.Handoff{{From: "input", To: "other"}}},
		"no handoff at all":     {},
		"something behind":      {Handoffs: []flow.Handoff{{From: "input", To: "extract"}, {From: "x", To: "y"}}},
		"an error of no effect": {Handoffs: []flow.Handoff{{From: "input", To: "extract"}}, Spans: []flow.Span{{Step: "extract", Class: flow.ErrStep}}},
	} {
		trial.Design = "rules"
		if err := g.Count(&trial); err == nil {
			t.Errorf("%s: it is counted", why)
		}
	}
	other := flow.Trial{Design: "another"}
	if err := g.Count(&other); err != nil {
		t.Errorf("a trial of another design: %v", err)
	}
	if svg(t, g, Options{}) != before {
		t.Error("a refused trial left its counts")
	}
}
