package scenario

import (
	"flag"
	"os"
	"path/filepath"
	"reflect"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/design"
)

var update = flag.Bool("update", false, "rewrite golden files")

// office is a workflow with two teams, as its loader gives it.
func office() *design.Workflow {
	return &design.Workflow{
		Name: "tickets", Currency: "EUR",
		Teams:        []design.Team{{Name: "clerks", People: 4, Wage: 30, MinutesFromLabel: true}, {Name: "seniors", People: 1, Wage: 60, MinutesFromLabel: true}},
		ServiceLevel: &design.ServiceLevel{Turnaround: 24 * time.Hour, Share: 0.9},
	}
}

// read parses a scenario named "test" of the office, or fails.
func read(t testing.TB, w *design.Workflow, text string) *Scenario {
	t.Helper()
	sc, problems := Parse("test.yaml", []byte("scenario: test\n"+text), w)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	return sc
}

// TestBad reads every file of testdata/bad, whose name is its fault, and
// compares all that is said about it.
func TestBad(t *testing.T) {
	paths, err := filepath.Glob("testdata/bad/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files", err)
	}
	var b strings.Builder
	for _, path := range paths {
		sc, problems := Load(path, office())
		if sc != nil || problems.Err() == nil {
			t.Errorf("%s: nothing is said about it", path)
		}
		for _, d := range problems {
			if d.Pos.File != path || d.Pos.Line < 1 || d.Pos.Column < 1 {
				t.Errorf("no position: %+v", d)
			}
			b.WriteString(strings.TrimPrefix(d.String(), "testdata/bad/") + "\n")
		}
	}
	golden(t, "testdata/bad/messages.txt", b.String())
}

func golden(t *testing.T, path, got string) {
	t.Helper()
	if *update {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(string(want), got); diff != "" {
		t.Errorf("%s (-want +got; -update rewrites it):\n%s", path, diff)
	}
}

func TestLoadMissing(t *testing.T) {
	_, problems := Load("testdata/nosuch.yaml", nil)
	if got := problems.Error(); got != "testdata/nosuch.yaml: there is no such file" {
		t.Errorf("got %q", got)
	}
}

func TestParse(t *testing.T) {
	sc := read(t, office(), `
run: latest
designs: [rules]
arrivals: {zone: Europe/Berlin, volume: 2, growth: 0.01, day_spread: 0.1}
teams:
  clerks:
    people: 6
    wage: 20/h
    zone: Europe/Berlin
    hours: {mon-thu: [09:00-12:00, 13:00-17:00], fri: 22:00-06:00}
    closed: [2026-12-25]
    shift_end: hand_over
    speed_spread: 0.3
service_level: {wait: 30m, share: 0.8}
start: 2026-03-02
weeks: 6
replications: 5
seed: 9
`)
	clerks := sc.Teams[0]
	if clerks.People != 6 || clerks.Wage != 20 || clerks.ShiftEnd != des.HandOver || clerks.SpeedSpread != 0.3 || !clerks.Stated {
		t.Errorf("clerks: %+v", clerks)
	}
	if seniors := sc.Teams[1]; seniors.People != 1 || seniors.Calendar != nil || seniors.ShiftEnd != des.Finish {
		t.Errorf("seniors: %+v", seniors)
	}
	night := []des.Hours{{From: 22 * time.Hour, To: 30 * time.Hour}}
	if diff := cmp.Diff(night, clerks.Calendar.Week[time.Friday]); diff != "" {
		t.Error(diff)
	}
	if len(clerks.Calendar.Week[time.Monday]) != 2 || len(clerks.Calendar.Week[time.Sunday]) != 0 {
		t.Errorf("week: %v", clerks.Calendar.Week)
	}
	if s := sc.Service; !s.Wait || s.Within != 30*time.Minute || s.Share != 0.8 {
		t.Errorf("service level: %+v", s)
	}
	if sc.Weeks != 6 || sc.WarmUp != 1 || sc.Replications != 5 || sc.Seed != 9 {
		t.Errorf("horizon: %+v", sc)
	}
}

// TestShipped reads the scenarios of this repository's workflows, as far as
// they are workflows already.
func TestShipped(t *testing.T) {
	paths, err := filepath.Glob("../../workflows/*/scenarios/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no scenarios", err)
	}
	for _, path := range paths {
		file := filepath.Join(filepath.Dir(filepath.Dir(path)), "workflow.yaml")
		if _, err := os.Stat(file); err != nil {
			continue
		}
		w, problems := design.LoadWorkflow(file)
		if err := problems.Err(); err != nil {
			t.Error(err)
			continue
		}
		if _, problems := Load(path, w); problems.Err() != nil {
			t.Error(problems)
		}
	}
}

// FuzzParse wants no panic, and a position for every message.
func FuzzParse(f *testing.F) {
	for _, pattern := range []string{"testdata/*/*.yaml", "../../workflows/*/scenarios/*.yaml"} {
		paths, err := filepath.Glob(pattern)
		if err != nil || len(paths) == 0 {
			f.Fatal("no files", err)
		}
		for _, path := range paths {
			data, err := os.ReadFile(path)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, w := range []*design.Workflow{nil, office()} {
			sc, problems := Parse("fuzz.yaml", data, w)
			if (sc == nil) != (problems.Err() != nil) {
				t.Fatalf("scenario %v, problems %v", sc, problems)
			}
			for _, d := range problems {
				if d.Pos.Line < 1 || d.Pos.Column < 1 || d.Message == "" {
					t.Errorf("no position: %+v", d)
				}
			}
		}
	})
}

// TestEveryKey wants the files of testdata/good to be read, and to have every
// key of a scenario between them: they are what FuzzParse starts from.
func TestEveryKey(t *testing.T) {
	var text strings.Builder
	paths, err := filepath.Glob("testdata/good/*.yaml")
	if err != nil || len(paths) == 0 {
		t.Fatal("no files", err)
	}
	for _, path := range paths {
		w := office()
		if strings.Contains(path, "stated") {
			w = nil
		}
		if _, problems := Load(path, w); problems.Err() != nil {
			t.Error(problems)
		}
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		text.Write(data)
	}
	for name, keys := range FileKeys() {
		of := reflect.TypeOf(keys)
		for i := range of.NumField() {
			key, _, _ := strings.Cut(of.Field(i).Tag.Get("yaml"), ",")
			if key != "" && !regexp.MustCompile(`\b`+key+`: `).MatchString(text.String()) && !strings.Contains(text.String(), key+":\n") {
				t.Errorf("no file has the key %q of %s", key, name)
			}
		}
	}
}
