package promote

import (
	"crypto/ed25519"
	"errors"
	"math"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"go.yaml.in/yaml/v4"
	"golang.org/x/crypto/ssh"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/ledger"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/sshsig"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// evidenceFor is a case for promotion with every field filled in.
func evidenceFor(t *testing.T, dir string) (*Case, []Source) {
	t.Helper()
	file := func(name, content string) string {
		path := filepath.Join(dir, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
			t.Fatal(err)
		}
		return sum([]byte(content))
	}
	h := &record.Header{
		Run: "r1", State: record.Complete, Started: time.Unix(1e9, 0), Seed: 3, Repeats: 1, Baseline: "as-is",
		Tool:     record.Tool{Version: "v1", Go: "go1", Commit: "abc", Dirty: true},
		Workflow: record.File{Path: "workflows/w/workflow.yaml", SHA256: file("workflow.yaml", "workflow: w\n")},
		Designs: []record.Design{{
			Name: "new", Digest: sum([]byte("design")), Params: map[string]any{"cutoff": 0.85, "strict": true, "word": "yes"},
			File:    record.File{Path: "workflows/w/new.yaml", SHA256: file("new.yaml", "design: new\nparams: {cutoff: 0.9}\nsteps:\n  - {name: ask, when: 2025-01-06, prompt: ask.md, limits: [1e3, -.5, 0x10, ~, yes], text: \"a: 'b'\\n  c\\n\"}\n")},
			Files:   []design.FileDigest{{Path: "ask.md", SHA256: file("ask.md", "# Ask\n\n  is it *so*?\ttrailing \n\n")}},
			Learnt:  []record.Learnt{{Step: "assess", Key: "k1", SHA256: file("fits/k1.fit", "weights"), Examples: 10, Calibration: 5, Fold: -1}},
			Outside: map[string]string{"ask": "model m1"},
		}, {Name: "as-is", Digest: sum([]byte("as-is"))}},
		Data: record.Data{
			Card: record.File{Path: "datasets/w/dataset.yaml", SHA256: sum([]byte("card"))}, Split: []string{"test"}, Cases: 500,
			Sources: []record.File{{Path: "datasets/w/cases.csv", SHA256: sum([]byte("rows"))}},
		},
	}
	verdict := &gate.Result{Workflow: "w", Cases: 500, Verdict: gate.Pass, Candidates: []gate.Candidate{{
		Design: "new", Verdict: gate.Pass, Reason: "all 1 critical thresholds pass", Lines: []gate.Line{
			{Tier: gate.Critical, Metric: "automated_accuracy", Unit: "rate", Segment: "channel", Value: "email", Rule: gate.AtLeast, Limit: 0.9, Numerator: 490, Denominator: 500, Cases: 500,
				Bounds: stats.Interval{Estimate: stats.Num(0.98), Lower: 0.9636, Upper: 0.9904, Method: "Clopper-Pearson"}, Verdict: gate.Pass},
			{Tier: gate.Advisory, Metric: "cost_per_case", Unit: "money", Rule: gate.AtMost, Limit: 6, Verdict: gate.Inconclusive,
				Bounds: stats.Interval{Lower: math.Inf(-1), Upper: math.Inf(1)}},
		},
	}}}
	card := &dataset.Card{Name: "w-2025", LabelSource: map[string]string{"decision": "adjudicated"},
		Splits: dataset.Splits{By: "time", Windows: []dataset.Window{{Split: "test", From: time.Unix(1e9, 0)}}}}
	c := &Case{
		Header: h, Design: "new", Verdict: verdict, Card: card, Ledger: "datasets/w/looks.jsonl", At: time.Unix(2e9, 0), By: "ada",
		Commit: "def", Expires: time.Unix(3e9, 0), Answered: map[string][]string{"ask": {"m1-2025"}}, Uncommitted: []string{"new.yaml"}, Override: true,
		Recomputed: &Recomputed{Version: "v2", Go: "go2", Trials: 500},
		Looks:      []ledger.Look{{Run: "r0", Split: "test"}, {Run: "r1", Split: "test"}, {Run: "r1", Split: "test"}},
		Approve:    &Approval{By: "bob", Reason: "agreed"},
	}
	sources, err := Sources(h, &h.Designs[0], dir, filepath.Join(dir, "fits"))
	if err != nil {
		t.Fatal(err)
	}
	return c, sources
}

// signingKey is an SSH key of everybody's.
func signingKey(t *testing.T) ssh.Signer {
	t.Helper()
	key, err := ssh.NewSignerFromKey(ed25519.NewKeyFromSeed(make([]byte, ed25519.SeedSize)))
	if err != nil {
		t.Fatal(err)
	}
	return key
}

// promoted is a production folder, twice promoted and signed.
func promoted(t *testing.T) string {
	t.Helper()
	workflow := t.TempDir()
	c, sources := evidenceFor(t, workflow)
	dir := Folder(workflow)
	for range 2 {
		p, err := c.Production()
		if err != nil {
			t.Fatal(err)
		}
		if err := Write(dir, p, sources, signingKey(t)); err != nil {
			t.Fatal(err)
		}
		c.At = c.At.Add(time.Hour)
	}
	return dir
}

func TestPromotedVerifies(t *testing.T) {
	dir := promoted(t)
	p, problems := Verify(dir)
	if len(problems) > 0 {
		t.Fatalf("as promoted: %v", problems)
	}
	if p.Design != "new" || p.Looks.Count != 3 || p.Looks.Runs != 2 || p.Config.Params["cutoff"] != 0.85 || p.Config.Params["word"] != "yes" || len(p.Files) != 4 {
		t.Errorf("read back: %+v", p)
	}
	shown := p.Config.Design.(map[string]any)
	if got := shown["params"].(map[string]any)["cutoff"]; got != 0.85 {
		t.Errorf("the design is shown with cutoff %v, and 0.85 is in force", got)
	}
	if got, want := p.Config.Texts["ask.md"], "# Ask\n\n  is it *so*?\ttrailing \n\n"; got != want {
		t.Errorf("a prompt reads %q, want %q", got, want)
	}
	if l := p.Evidence.Gate.Thresholds; l[0].Lower == nil || *l[0].Lower != 0.9636 || l[1].Lower != nil || l[1].Estimate != nil {
		t.Errorf("thresholds read back: %+v", l)
	}
}

// everyByte is how many bytes further the next one is that TestEveryByte flips:
// 1 in the long test.
var everyByte = 37

// TestEveryByte flips a bit of the bytes in the folder, in turn.
func TestEveryByte(t *testing.T) {
	dir := promoted(t)
	err := filepath.WalkDir(dir, func(path string, e os.DirEntry, err error) error {
		if err != nil || e.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		step := everyByte
		switch {
		case everyByte == 1:
		case strings.Contains(path, historyName):
			step = 5 * everyByte // the same check as for production.yaml
		case len(data) < 500:
			step = 7
		}
		for i := 0; i < len(data); i += step {
			bad := slices.Clone(data)
			bad[i] ^= 1
			var named string
			if filepath.Base(path) == configName {
				// The same that Verify does with its content, without a disk.
				_, problems := check(path, bad)
				named = problems.Error()
				if len(problems) == 0 {
					named = ""
				}
			} else {
				if err := os.WriteFile(path, bad, 0o644); err != nil {
					return err
				}
				_, problems := Verify(dir)
				if len(problems) > 0 {
					named = problems.Error()
				}
			}
			if filepath.Ext(path) == ".sig" && (data[i] == '\n' && bad[i] == '\v') {
				continue // white space in the armour of a signature is nothing
			}
			if !strings.Contains(named, filepath.Base(path)) {
				t.Errorf("%s: byte %d, %q for %q, is not named: %q", path, i, bad[i], data[i], named)
			}
		}
		return os.WriteFile(path, data, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	if _, problems := Verify(dir); len(problems) > 0 {
		t.Fatalf("put back: %v", problems)
	}
}

// TestEveryField changes every field of production.yaml in turn, in a way that
// stays well-formed, and wants it named.
func TestEveryField(t *testing.T) {
	dir := promoted(t)
	path := filepath.Join(dir, configName)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var doc yaml.Node
	if err := yaml.Load(data, &doc); err != nil {
		t.Fatal(err)
	}
	fields := leaves(&doc)
	if len(fields) < 60 {
		t.Fatalf("%d fields: the file was not read", len(fields))
	}
	for _, f := range fields {
		was := *f.node
		f.node.Value += "1"
		if was.Tag == "!!bool" || was.Tag == "!!null" {
			f.node.Value, f.node.Tag = "changed", "!!str"
		}
		bad, err := yaml.Dump(&doc, yaml.WithV4Defaults())
		if err != nil {
			t.Fatal(err)
		}
		*f.node = was
		_, problems := check(path, append([]byte(heading), bad...))
		if want := `field "` + f.path + `" was changed`; len(problems) == 0 || !strings.Contains(problems.Error(), want) {
			t.Errorf("%s: %v, want %s", f.path, problems, want)
		}
	}
}

func TestVerifyNamesWhatIsGone(t *testing.T) {
	for _, tt := range []struct {
		why    string
		change func(dir string, data string) string
		want   string
	}{
		{"a field taken out", func(_, data string) string { return strings.Replace(data, "  by: ada\n", "", 1) }, `field "promoted.by" is missing`},
		{"a field put in", func(_, data string) string {
			return strings.Replace(data, "  by: ada\n", "  by: ada\n  at_will: yes\n", 1)
		}, `field "promoted.at_will" is not one`},
		{"a comment put in", func(_, data string) string { return data + "# signed\n" }, "layout"},
		{"another digest", func(_, data string) string {
			return regexp.MustCompile(`\ndigest: \w{4}`).ReplaceAllString(data, "\ndigest: '0000")
		}, "production.yaml"},
		{"a file taken out", func(dir, data string) string {
			os.Remove(filepath.Join(dir, filesName, File{Path: "k1.fit", SHA256: sum([]byte("weights"))}.StoredName()))
			return data
		}, `learnt file "k1.fit" is missing`},
		{"a file put in", func(dir, data string) string {
			os.WriteFile(filepath.Join(dir, filesName, "extra"), []byte("x"), 0o644)
			return data
		}, "extra"},
		{"the signature taken out", func(dir, data string) string {
			os.RemoveAll(filepath.Join(dir, signaturesName))
			return data
		}, "its signature is missing"},
		{"a field changed, and all sealed anew", func(_, data string) string {
			p, problems := check(configName, []byte(data))
			if len(problems) > 0 {
				t.Error(problems)
			}
			p.Evidence.Gate.Thresholds[0].Numerator--
			if err := p.seal(); err != nil {
				t.Error(err)
			}
			bad, err := p.encode()
			if err != nil {
				t.Error(err)
			}
			return string(bad)
		}, "its signature is missing"},
		{"a signature of something else", func(dir, data string) string {
			sig, err := sshsig.Sign(signingKey(t), Namespace, []byte("x"))
			if err == nil {
				err = os.WriteFile(signaturePath(dir, []byte(data)), sig, 0o644)
			}
			if err != nil {
				t.Error(err)
			}
			return data
		}, "the signature is not of this content"},
		{"the history taken out", func(dir, data string) string {
			os.RemoveAll(filepath.Join(dir, historyName))
			return data
		}, "is missing from the history"},
		{"a number of the history taken out", func(dir, data string) string {
			os.Rename(filepath.Join(dir, historyName, "0001"), filepath.Join(dir, historyName, "0002"))
			return data
		}, "number 1 is missing from the history"},
		{"no YAML", func(string, string) string { return "a: [" }, "not YAML"},
		{"an empty file", func(string, string) string { return "" }, "production.yaml"},
		{"an alias", func(string, string) string { return "a: &a {b: *a}\nseal: *a\n" }, "production.yaml"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			dir := promoted(t)
			path := filepath.Join(dir, configName)
			data, err := os.ReadFile(path)
			if err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(tt.change(dir, string(data))), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, problems := Verify(dir); len(problems) == 0 || !strings.Contains(problems.Error(), tt.want) {
				t.Errorf("%v, want %q", problems, tt.want)
			}
		})
	}
}

func TestRefuses(t *testing.T) {
	for _, tt := range []struct {
		why    string
		change func(*Case)
		want   string
		final  bool         // no override helps
		alone  gate.Verdict // the gate's, where it alone refuses
	}{
		{"a run that was interrupted", func(c *Case) { c.Header.State = record.Interrupted }, "is not complete", true, ""},
		{"a run of the dev split", func(c *Case) { c.Header.Data.Split = []string{"dev"} }, "not of the held-out split alone", true, ""},
		{"a run of dev and test", func(c *Case) { c.Header.Data.Split = []string{"dev", "test"} }, "not of the held-out split alone", true, ""},
		{"a run of a dataset without splits", func(c *Case) { c.Header.Data.Split = nil }, "not of the held-out split alone", true, ""},
		{"a run of the first cases", func(c *Case) { c.Header.Data.Limit = 10 }, "a part of the held-out split", true, ""},
		{"a run of some cases", func(c *Case) { c.Header.Data.Where = []string{"channel=email"} }, "a part of the held-out split", true, ""},
		{"a gate that failed", func(c *Case) { c.Verdict.Candidates[0].Verdict = gate.Fail }, "is fail", false, gate.Fail},
		{"a gate that could not tell", func(c *Case) { c.Verdict.Candidates[0].Verdict = gate.Inconclusive }, "is inconclusive", false, gate.Inconclusive},
		{"files that are not committed", func(c *Case) { c.Uncommitted = []string{"new.yaml", "ask.md"} }, "not committed to version control: new.yaml, ask.md", false, ""},
		{"a failed gate and files that are not committed", func(c *Case) {
			c.Verdict.Candidates[0].Verdict = gate.Fail
			c.Uncommitted = []string{"new.yaml"}
		}, "not committed", false, ""},
		{"a model that became another", func(c *Case) { c.Answered["ask"] = []string{"m1-2025", "m1-2026"} }, `step "ask" was answered by several models under one name, so that none of them was measured: m1-2025, m1-2026`, false, ""},
		{"another version that does something else", func(c *Case) { c.Recomputed.Differ = 3 }, "made by version v1, and by this program, version v2, 3 of its 500 trials come to something else", false, ""},
		{"a design that the run does not have", func(c *Case) { c.Design = "nosuch" }, `no design "nosuch"`, true, ""},
	} {
		c, _ := evidenceFor(t, t.TempDir())
		c.Uncommitted, c.Override = nil, false
		tt.change(c)
		_, err := c.Production()
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: error %v, want %q", tt.why, err, tt.want)
			continue
		}
		var refused *Refused
		if errors.As(err, &refused) && (refused.Final != tt.final || refused.Verdict != tt.alone) {
			t.Errorf("%s: final %v, verdict %q", tt.why, refused.Final, refused.Verdict)
		}
		c.Override = true
		p, err := c.Production()
		switch {
		case tt.final:
			if err == nil {
				t.Errorf("%s: an override makes evidence of it", tt.why)
			}
		case err != nil:
			t.Errorf("%s, overridden: %v", tt.why, err)
		case p.Promoted.Override.Reason != "agreed" || !strings.Contains(strings.Join(p.Promoted.Override.Refused, "\n"), tt.want):
			t.Errorf("%s: the override says %+v", tt.why, p.Promoted.Override)
		}
		c.Approve = nil
		if _, err := c.Production(); err == nil {
			t.Errorf("%s: overridden on nobody's word", tt.why)
		}
	}
}

func TestNothingToOverride(t *testing.T) {
	c, _ := evidenceFor(t, t.TempDir())
	c.Uncommitted = nil
	p, err := c.Production()
	if err != nil || p.Promoted.Override != nil {
		t.Errorf("%v, override %+v where nothing was refused", err, p.Promoted.Override)
	}
}

func TestObjections(t *testing.T) {
	c, _ := evidenceFor(t, t.TempDir())
	c.Uncommitted = nil
	before, after := c.Expires.Add(-time.Second), c.Expires
	for _, tt := range []struct {
		why    string
		change func(*Case, *Production)
		at     time.Time
		accept bool
		want   string // "" for none
	}{
		{"in force", nil, before, false, ""},
		{"expired", nil, after, false, "it expired at 2065-01-24T05:20:00Z"},
		{"for ever", func(_ *Case, p *Production) { p.Promoted.Expires = "" }, after, false, ""},
		{"a date that is none", func(_ *Case, p *Production) { p.Promoted.Expires = "soon" }, before, false, "none"},
		{"a gate that did not pass", func(_ *Case, p *Production) { p.Evidence.Gate.Verdict = "fail" }, before, false, `verdict is "fail"`},
		{"a threshold that did not", func(_ *Case, p *Production) { p.Evidence.Gate.Thresholds[0].Verdict = "inconclusive" }, before, false, "critical threshold on automated_accuracy is inconclusive"},
		{"an override", func(_ *Case, p *Production) {
			p.Promoted.Override = &Override{By: "bob", Reason: "a", Refused: []string{"b"}}
		}, before, false, `bob promoted it by an override, because "a", although b`},
		{"an override that is accepted", func(_ *Case, p *Production) { p.Promoted.Override = &Override{By: "bob"} }, before, true, ""},
		{"an accepted override that expired", func(_ *Case, p *Production) { p.Promoted.Override = &Override{By: "bob"} }, after, true, "expired"},
	} {
		p, err := c.Production()
		if err != nil {
			t.Fatal(err)
		}
		if tt.change != nil {
			tt.change(c, p)
		}
		got := strings.Join(p.Objections(tt.at, tt.accept), "; ")
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: %q, want %q", tt.why, got, tt.want)
		}
	}
}

func TestWriteRefusesWhatChanged(t *testing.T) {
	for _, name := range []string{"workflow.yaml", "new.yaml", "fits/k1.fit"} {
		workflow := t.TempDir()
		c, sources := evidenceFor(t, workflow)
		p, err := c.Production()
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(workflow, name), []byte("other"), 0o644); err != nil {
			t.Fatal(err)
		}
		if err := Write(Folder(workflow), p, sources, nil); err == nil || !strings.Contains(err.Error(), "changed since the run") {
			t.Errorf("%s: error %v, want that it changed", name, err)
		}
		if _, err := os.Stat(filepath.Join(Folder(workflow), configName)); err == nil {
			t.Errorf("%s changed, and it is in production", name)
		}
	}
}

func TestSourcesRefuseWhatWasNotMeasuredAsOne(t *testing.T) {
	for fold, want := range map[int]string{0: "learnt in folds", -1: "cannot write down"} {
		c, _ := evidenceFor(t, t.TempDir())
		d := &c.Header.Designs[0]
		d.Learnt[0].Fold = fold
		if fold == -1 {
			d.Learnt[0].Key = ""
		}
		if _, err := Sources(c.Header, d, "", ""); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("fold %d: error %v, want %q", fold, err, want)
		}
	}
}

func TestRollback(t *testing.T) {
	dir := promoted(t)
	at := func() string {
		p, problems := Verify(dir)
		if len(problems) > 0 {
			t.Fatal(problems)
		}
		return p.Promoted.At
	}
	second := at()
	p, err := Rollback(dir)
	if err != nil {
		t.Fatal(err)
	}
	if first := at(); first == second || p.Promoted.At != first {
		t.Errorf("after a rollback %s is in force, and was before: %s", first, second)
	}
	if _, err := Rollback(dir); err != nil || at() != second {
		t.Errorf("a second rollback does not undo the first: %v", err)
	}

	// What is in force after a rollback does not name the newest of the history.
	if _, err := Rollback(dir); err != nil {
		t.Fatal(err)
	}
	newest := filepath.Join(dir, historyName, "0004")
	if err := os.Rename(newest, newest+".kept"); err != nil {
		t.Fatal(err)
	}
	if _, problems := Verify(dir); !strings.Contains(problems.Error(), "history/0004/production.yaml\" is not in the history") {
		t.Errorf("the newest of the history is taken out: %v", problems)
	}
	if err := os.Rename(newest+".kept", newest); err != nil {
		t.Fatal(err)
	}
	sums := filepath.Join(dir, sumsName)
	all, err := os.ReadFile(sums)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(sums); err != nil {
		t.Fatal(err)
	}
	if _, problems := Verify(dir); !strings.Contains(problems.Error(), "is not on the list") {
		t.Errorf("the list is taken out: %v", problems)
	}
	if err := os.WriteFile(sums, all, 0o644); err != nil {
		t.Fatal(err)
	}

	path := filepath.Join(dir, historyName, "0001", configName)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	for _, e := range []string{"0001", "0002", "0003", "0004"} {
		bad := strings.Replace(string(data), "by: ada", "by: eve", 1)
		if err := os.WriteFile(filepath.Join(dir, historyName, e, configName), []byte(bad), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := Rollback(dir); err == nil || !strings.Contains(err.Error(), `"promoted.by" was changed`) {
		t.Errorf("a changed history is put back: %v", err)
	}
	if _, err := Rollback(t.TempDir()); err == nil || !strings.Contains(err.Error(), "nothing is in production") {
		t.Errorf("an empty folder: %v", err)
	}
}

// TestInterruptedPromotion leaves what a killed promotion may leave: a history
// that holds what is still in force. The next promotion does not keep it twice.
func TestInterruptedPromotion(t *testing.T) {
	dir := promoted(t)
	now, err := os.ReadFile(filepath.Join(dir, configName))
	if err != nil {
		t.Fatal(err)
	}
	if err := keep(dir, now); err != nil {
		t.Fatal(err)
	}
	if _, problems := Verify(dir); len(problems) > 0 {
		t.Error(problems)
	}
	if err := keep(dir, now); err != nil {
		t.Fatal(err)
	}
	if entries, err := History(dir); err != nil || len(entries) != 2 {
		t.Errorf("%d entries, %v, want 2", len(entries), err)
	}
}

func FuzzCheck(f *testing.F) {
	f.Add([]byte("format_version: 1\nseal: {format_version: 0}\n"))
	f.Add([]byte("[]"))
	f.Add([]byte("a: &a [*a]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		if _, problems := check("production.yaml", data); len(problems) == 0 {
			t.Errorf("%q passes for promoted", data)
		}
	})
}

// What lies where production.yaml should is named: only a file is read.
func TestVerifyReadsFilesAlone(t *testing.T) {
	dir := t.TempDir()
	for _, tt := range []struct{ why, want string }{
		{"nothing was promoted", "there is no such file"},
		{"a folder has the name", "is a directory"},
	} {
		for _, verify := range []func(string) (*Production, diag.List){Verify, VerifyDeployed} {
			if _, problems := verify(dir); len(problems) != 1 || !strings.Contains(problems[0].Message, tt.want) {
				t.Errorf("%s: %v, want %q", tt.why, problems, tt.want)
			}
		}
		if err := os.MkdirAll(filepath.Join(dir, configName), 0o755); err != nil {
			t.Fatal(err)
		}
	}
}
