package realdata

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"encoding/csv"
	"encoding/json"
	"io"
	"math"
	"os"
	"path/filepath"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/attribute"
	"github.com/rehearse-dev/rehearse/internal/score"
)

// Where two recorded designs of two steps break, beside what can be counted in
// their recorded outputs without running anything.
func TestClinc150Attribution(t *testing.T) {
	t.Parallel()
	data := filepath.Join(os.Getenv("REHEARSE_DATA"), "clinc150")
	if !isDir(data) {
		t.Skipf("no data at %s; name the folder that holds clinc150 in REHEARSE_DATA", data)
	}
	folder := filepath.Join(t.TempDir(), "workflows", "clinc150")
	if err := os.CopyFS(folder, os.DirFS(filepath.Join("testdata", "clinc150"))); err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(t.TempDir(), "run")
	var out, problems bytes.Buffer
	for _, args := range [][]string{
		{"eval", "run", folder, "--out", dir, "--quiet", "--no-report", "--design", "route_then_classify", "--design", "gate_then_svm"},
		{"eval", "attribute", dir, "--quiet", "--format", "json"},
	} {
		out.Reset()
		if code := app.Eval(app.Builtin(), args, nil, &out, &problems); code != app.ExitDone {
			t.Fatalf("%q ends with %d:\n%s", args, code, &problems)
		}
	}
	var got attribute.Result
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	gold := goldOf(t, data)
	said := recordedOf(t, data)
	for _, d := range got.Designs {
		first, open := "route", "domain" // the first step, and what of it has gold
		if d.Name == "gate_then_svm" {
			first, open = "gate", ""
		}
		// Counted: what each step got wrong, where first, and what would be
		// handed on otherwise if the first step were right.
		var firstWrong, classifyWrong, firstOfClassify, automatedWrong, changed int
		for id, g := range gold {
			domain, intent := said[d.Name+"/"+first][id], said[d.Name+"/classify"][id]
			wrongFirst := open != "" && domain != g.Domain
			if wrongFirst {
				firstWrong++
				if g.Domain != "oos" {
					changed++
				}
			}
			if intent != g.Intent {
				classifyWrong++
				if !wrongFirst {
					firstOfClassify++
				}
				if domain != "oos" {
					automatedWrong++
				}
			}
		}
		parts := map[string]attribute.Part{}
		for _, p := range d.Parts {
			parts[p.Name] = p
		}
		classify := parts["classify"]
		if classify.Differs != classifyWrong || classify.First != firstOfClassify {
			t.Errorf("%s: classify differs in %d and is first in %d, counted %d and %d", d.Name, classify.Differs, classify.First, classifyWrong, firstOfClassify)
		}
		e, _ := classify.Effect(score.SystemAccuracy)
		if want := float64(automatedWrong) / float64(len(gold)); e.NotMeasured != 0 || math.Abs(e.Change.Estimate.Value-want) > 1e-9 {
			t.Errorf("%s: correcting classify changes system accuracy by %v, counted %v", d.Name, e.Change.Estimate, want)
		}
		t.Logf("%s: the first step differs in %d, classify in %d (first in %d); correcting classify brings %d cases; %d have no known end once the first is corrected", d.Name, firstWrong, classifyWrong, firstOfClassify, automatedWrong, changed)
		if open == "" {
			continue
		}
		triage := parts["triage"]
		if triage.Differs != firstWrong || triage.First != firstWrong {
			t.Errorf("triage differs in %d and is first in %d, counted %d", triage.Differs, triage.First, firstWrong)
		}
		// What classify would have said of another domain was not recorded.
		for _, e := range triage.Effects {
			if e.NotMeasured != changed || e.Change.Estimate.Valid {
				t.Errorf("correcting triage: %s changes by %v, %d trials not measured; counted %d whose end is not known", e.Metric, e.Change.Estimate, e.NotMeasured, changed)
			}
		}
		if s := d.Explored.Shares[0]; s.NotMeasured != changed || s.Parts != nil {
			t.Errorf("shares of what is not measurable: %+v", s)
		}
	}
}

type clincCase struct {
	ID     string `json:"case_id"`
	Split  string
	Intent string
	Domain string
}

// goldOf are the validation cases.
func goldOf(t *testing.T, data string) map[string]clincCase {
	t.Helper()
	out := map[string]clincCase{}
	lines := bufio.NewScanner(unzipped(t, filepath.Join(data, "clinc150.jsonl.gz")))
	for lines.Scan() {
		var c clincCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		if c.Split == "val" {
			out[c.ID] = c
		}
	}
	if len(out) != 3100 || lines.Err() != nil {
		t.Fatalf("%d validation cases (%v)", len(out), lines.Err())
	}
	return out
}

// recordedOf are the recorded predictions by "design/step", then by case.
func recordedOf(t *testing.T, data string) map[string]map[string]string {
	t.Helper()
	rows, err := csv.NewReader(unzipped(t, filepath.Join(data, "recorded_runs.csv.gz"))).ReadAll()
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]map[string]string{}
	for _, row := range rows[1:] { // design,step,case_id,split,gold_intent,prediction,confidence
		key := row[0] + "/" + row[1]
		if out[key] == nil {
			out[key] = map[string]string{}
		}
		if row[3] == "val" {
			out[key][row[2]] = row[5]
		}
	}
	return out
}

func unzipped(t *testing.T, path string) io.Reader {
	t.Helper()
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	return r
}
