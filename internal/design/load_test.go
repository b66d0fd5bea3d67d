package design

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
)

var update = flag.Bool("update", false, "write the golden files anew")

const good = "testdata/good"

func goodWorkflow(t testing.TB) *Workflow {
	t.Helper()
	w, diags := LoadWorkflow(filepath.Join(good, "workflow.yaml"))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	return w
}

func loadGood(t testing.TB, name string, opts Options) *Plan {
	t.Helper()
	p, diags := Load(filepath.Join(good, name), goodWorkflow(t), testRegistry(), opts)
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestWorkflow(t *testing.T) {
	w := goodWorkflow(t)
	if d := cmp.Diff([]string{"decision", "supplier", "amount", "due_date", "lines"}, w.Outcome.Names()); d != "" {
		t.Error(d)
	}
	wantCompare := []Comparator{
		{Kind: Exact, Required: true}, {Kind: Text, Required: true}, {Kind: Number, Tolerance: 0.005, Required: true},
		{Kind: Day, Required: true}, {Kind: Set},
	}
	if d := cmp.Diff(wantCompare, w.Compare); d != "" {
		t.Error(d)
	}
	wantTeams := []Team{
		{Name: "ap_clerks", People: 6, Wage: 34, MinutesFromLabel: true, Errors: map[string]float64{"approve": 0.02, "reject": 0.05}, Pos: flow.Pos{File: w.File, Line: 15, Column: 3}},
		{Name: "managers", People: 1, Minutes: 12, Errors: map[string]float64{"": 0.01}, Pos: flow.Pos{File: w.File, Line: 16, Column: 3}},
	}
	if d := cmp.Diff(wantTeams, w.Teams); d != "" {
		t.Error(d)
	}
	if d := cmp.Diff(&ServiceLevel{Turnaround: 24 * time.Hour, Share: 0.95}, w.ServiceLevel); d != "" {
		t.Error(d)
	}
	var lines []string
	for _, th := range w.Gate.Thresholds {
		line := fmt.Sprintf("%s critical=%v segment=%q min_cases=%d", th.Metric, th.Critical, th.Segment, th.MinCases)
		switch {
		case th.AtLeast != nil:
			line += fmt.Sprint(" at least ", *th.AtLeast)
		case th.AtMost != nil:
			line += fmt.Sprint(" at most ", *th.AtMost)
		case th.NotWorse:
			line += fmt.Sprint(" not worse by ", th.Margin)
		}
		lines = append(lines, line)
	}
	wantLines := []string{
		`automated_accuracy critical=true segment="" min_cases=0 at least 0.97`,
		`silent_failure_rate critical=true segment="" min_cases=0 at most 0.02`,
		`system_accuracy critical=true segment="" min_cases=0 not worse by 0.01`,
		`cost_per_case critical=false segment="" min_cases=0 at most 12`,
		`automated_accuracy critical=true segment="channel" min_cases=100 at least 0.94`,
	}
	if d := cmp.Diff(wantLines, lines); d != "" {
		t.Error(d)
	}
	if w.Decision != 0 || w.Volume != 120000 || w.Trigger != "invoice.received" || w.Costs["approve"]["reject"] != 400 || w.Systems[0].Owner != "finance" {
		t.Errorf("workflow = %+v", w)
	}
	if !strings.HasSuffix(w.Outcome.Fields()[4].Type.Elem.Fields.Fields()[1].Type.String(), "number?") {
		t.Errorf("lines = %+v, want a list of records with an optional price", w.Outcome.Fields()[4].Type)
	}
}

func TestPlan(t *testing.T) {
	for _, name := range []string{"model-cutoff", "as-is"} {
		t.Run(name, func(t *testing.T) {
			got := printPlan(loadGood(t, name+".yaml", Options{}))
			golden := filepath.Join(good, name+".golden")
			if *update {
				if err := os.WriteFile(golden, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(string(want), got); d != "" {
				t.Error(d)
			}
		})
	}
}

// printPlan writes all of a plan that can be written.
func printPlan(p *Plan) string {
	var b strings.Builder
	bind := func(indent string, in []Binding) {
		for _, x := range in {
			fmt.Fprintf(&b, "%s%s %s needed=%v at %s\n", indent, x.Name, x.Type, x.Needed, x.Pos)
		}
	}
	schema := func(s *flow.Schema) string {
		var out []string
		for _, f := range s.Fields() {
			out = append(out, f.Name+" "+f.Type.String())
		}
		return strings.Join(out, ", ")
	}
	fmt.Fprintf(&b, "design %s, %d slots\n", p.Design.Name, p.Slots)
	for _, f := range p.Design.Files {
		fmt.Fprintf(&b, "file %s %s %d\n", f.Path, f.SHA256, f.Bytes)
	}
	for _, n := range p.Nodes {
		fmt.Fprintf(&b, "%d %s kind=%s actor=%s role=%d system=%q owner=%q at %s\n", n.Index, n.Name, n.Kind, n.Actor, n.Role, n.System, n.Owner, n.Pos)
		fmt.Fprintf(&b, "  from %s input=%v steps=%v\n", n.Edge.From, n.Edge.UseInput, n.Edge.Steps)
		fmt.Fprintf(&b, "  schema %s\n", schema(n.Schema))
		bind("  in ", n.In)
		fmt.Fprintf(&b, "  out %s at slot %d\n", schema(n.Out), n.OutSlot)
		fmt.Fprintf(&b, "  broken %s %s %v\n", n.Broken.Mode, n.Broken.Team, n.Broken.With)
		if n.Broken.Mode == Escalate {
			fmt.Fprintf(&b, "  broken from %s input=%v steps=%v\n", n.Broken.Edge.From, n.Broken.Edge.UseInput, n.Broken.Edge.Steps)
			bind("    show ", n.Broken.Show)
		}
		if n.Answer != nil {
			fmt.Fprintf(&b, "  answer %+v\n", *n.Answer)
		}
		if n.Route != nil {
			fmt.Fprintf(&b, "  reads %v, schema %s\n", n.Route.Reads, schema(n.Route.Schema))
			for _, r := range n.Route.Branches {
				fmt.Fprintf(&b, "  branch %q to=%d team=%q end=%v because=%q from %s input=%v steps=%v\n", r.Source, r.To, r.Team, r.End, r.Because, r.Edge.From, r.Edge.UseInput, r.Edge.Steps)
				bind("    show ", r.Show)
			}
		}
	}
	fmt.Fprintf(&b, "outcome from steps %v, given", p.OutcomeEdge.Steps)
	for i, v := range p.Outcome {
		fmt.Fprintf(&b, " %s=%v", p.Workflow.Outcome.Names()[i], v != nil)
	}
	fmt.Fprintf(&b, "\n")
	return b.String()
}

func TestValues(t *testing.T) {
	p := loadGood(t, "model-cutoff.yaml", Options{})
	frame := make([]any, p.Slots)
	copy(frame, []any{"text", time.Time{}, "email", "Acme", 120.0, nil, nil, 100.0, "approve", 0.8})
	gap, err := p.Nodes[2].In[2].Value.Eval(frame)
	if err != nil || gap != 20.0 {
		t.Errorf("gap = %v, %v, want 20", gap, err)
	}
	if low, err := p.Nodes[3].Route.Branches[1].When.Eval(frame); err != nil || low != true {
		t.Errorf("0.8 < 0.85 = %v, %v, want true", low, err)
	}
	if v, err := p.Outcome[3].Eval(frame); err != nil || v != nil {
		t.Errorf("due_date = %v, %v, want nothing", v, err)
	}
	if _, err := p.Outcome[0].Eval(make([]any, p.Slots)); err == nil {
		t.Error("a required field of the outcome that did not come is no error")
	}
}

func TestSet(t *testing.T) {
	p := loadGood(t, "model-cutoff.yaml", Options{Set: map[string]string{"cutoff": "0.5"}})
	frame := make([]any, p.Slots)
	frame[9] = 0.8
	if low, err := p.Nodes[3].Route.Branches[1].When.Eval(frame); err != nil || low != false {
		t.Errorf("0.8 < 0.5 = %v, %v, want false", low, err)
	}
	was := loadGood(t, "model-cutoff.yaml", Options{})
	if p.Design.Digest == was.Design.Digest {
		t.Error("another cutoff, and the same digest")
	}
	for _, tc := range []struct {
		why  string
		set  map[string]string
		want string
	}{
		{"another type", map[string]string{"cutoff": "high"}, `testdata/good/model-cutoff.yaml:3:10: param "cutoff" is set to "high", want number`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			_, diags := Load(filepath.Join(good, "model-cutoff.yaml"), goodWorkflow(t), testRegistry(), Options{Set: tc.set})
			if d := cmp.Diff(tc.want, diags.Error()); d != "" {
				t.Error(d)
			}
		})
	}
}

func TestFiles(t *testing.T) {
	got, err := Files(good)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{good + "/as-is.yaml", good + "/model-cutoff.yaml"}, got); d != "" {
		t.Error(d)
	}
}

// A dataset card may lie beside its workflow; it is no design.
func TestFilesBesideCard(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"workflow.yaml", "dataset.yaml", "rules.yaml", "rules_test.yaml", ".hidden.yaml", "notes.txt"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := Files(dir)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]string{filepath.Join(dir, "rules.yaml")}, got); d != "" {
		t.Error(d)
	}
}

// TestPaths holds that a design reads what belongs to its project, and what
// the environment points it to.
func TestPaths(t *testing.T) {
	project, outside := t.TempDir(), t.TempDir()
	dir := filepath.Join(project, "workflows", "w")
	write := func(path, content string) {
		t.Helper()
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	write(filepath.Join(dir, "workflow.yaml"), "workflow: w\ninput: {a: string}\noutcome: {b: string}\n")
	write(filepath.Join(dir, "docs", "one.txt"), "1")
	write(filepath.Join(dir, "docs", "sub", "two.txt"), "22")
	write(filepath.Join(project, "shared.txt"), "333")
	write(filepath.Join(outside, "data.txt"), "4444")
	if err := os.Symlink(filepath.Join(outside, "data.txt"), filepath.Join(dir, "link.txt")); err != nil {
		t.Fatal(err)
	}
	wf, diags := LoadWorkflow(filepath.Join(dir, "workflow.yaml"))
	if len(diags) > 0 {
		t.Fatal(diags)
	}
	if card, err := wf.CardPath(); err != nil || card != filepath.Join(project, "datasets", "w", "dataset.yaml") {
		t.Errorf("card = %q, %v", card, err)
	}
	env := func(name string) (string, bool) { return outside, name == "DATA" }
	for _, tc := range []struct {
		why, key, path string
		files          []string
		want           string
	}{
		{"a folder", "path", "docs", []string{"docs/one.txt", "docs/sub/two.txt"}, ""},
		{"a file of the project", "file", "../../shared.txt", []string{"../../shared.txt"}, ""},
		{"a file outside, through the environment", "path", "${DATA}/data.txt", []string{"${DATA}/data.txt"}, ""},
		{"a file outside", "file", "../../../x", nil, `w.yaml:6:11: "../../../x": there is no such file`},
		{"an absolute path", "file", outside + "/data.txt", nil, fmt.Sprintf(`w.yaml:6:11: %q is outside the project; a path that starts with ${NAME}/ may lead out of it`, outside+"/data.txt")},
		{"a link that leads out", "file", "link.txt", nil, `w.yaml:6:11: "link.txt" is outside the project; a path that starts with ${NAME}/ may lead out of it`},
		{"a variable that is not set", "file", "${DATUM}/data.txt", nil, `w.yaml:6:11: "${DATUM}/data.txt": the environment has no DATUM`},
		{"a variable in the middle", "file", "a${DATA}", nil, `w.yaml:6:11: "a${DATA}": there is no such file`},
		{"no name", "file", `""`, nil, `w.yaml:6:12: the name of a file is missing`},
		{"a file that is a folder", "file", "docs", nil, `w.yaml:6:11: "docs": is a directory`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			src := "design: w\nworkflow: w\non_broken_handoff: fail\nsteps:\n  - {name: s, kind: bare}\n  - " + tc.key + ": " + tc.path + "\n    name: e\n    kind: echo\n    out: {b: string?}\noutcome: {b: e.b ?? \"\"}\n"
			p, diags := Parse("w.yaml", []byte(src), wf, testRegistry(), Options{LookupEnv: env})
			if d := cmp.Diff(tc.want, diags.Error()); d != "" {
				t.Fatal(d)
			}
			if p == nil {
				return
			}
			var got []string
			for _, f := range p.Design.Files {
				got = append(got, f.Path)
			}
			if d := cmp.Diff(tc.files, got); d != "" {
				t.Error(d)
			}
		})
	}
}

func FuzzWorkflow(f *testing.F) {
	data, err := os.ReadFile(filepath.Join(good, "workflow.yaml"))
	if err != nil {
		f.Fatal(err)
	}
	f.Add(string(data))
	f.Add("workflow: w\ninput: {a: {list: {record: {b: string?}}}}\noutcome: {c: {enum: [x]}}\ncosts: {x: {x: 1}}\n")
	f.Fuzz(func(t *testing.T, src string) {
		w, diags := ParseWorkflow("dir/workflow.yaml", []byte(src))
		if (w == nil) != (diags.Err() != nil) {
			t.Fatalf("workflow %v with diagnostics %v", w, diags)
		}
		positions(t, "dir/workflow.yaml", diags)
	})
}

func FuzzDesign(f *testing.F) {
	paths, err := Files(good)
	if err != nil {
		f.Fatal(err)
	}
	bad, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, path := range append(paths, bad...) {
		data, err := os.ReadFile(path)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(string(data))
	}
	wf, reg := goodWorkflow(f), testRegistry()
	noEnv := func(string) (string, bool) { return "", false }
	f.Fuzz(func(t *testing.T, src string) {
		p, diags := Parse("dir/d.yaml", []byte(src), wf, reg, Options{LookupEnv: noEnv})
		if (p == nil) != (diags.Err() != nil) {
			t.Fatalf("plan %v with diagnostics %v", p, diags)
		}
		positions(t, "dir/d.yaml", diags)
		if p == nil {
			return
		}
		frame := make([]any, p.Slots)
		for _, n := range p.Nodes {
			for _, b := range n.In {
				b.Value.Eval(frame)
			}
		}
	})
}
