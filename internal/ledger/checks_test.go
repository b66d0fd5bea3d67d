package ledger

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

func TestChecks(t *testing.T) {
	path := ChecksPath(t.TempDir())
	want := Check{
		At: time.Date(2026, 11, 21, 8, 0, 0, 0, time.UTC), Workflow: "w", Design: "d", Baseline: "b", Dataset: "fresh", Cases: 10, Labelled: 4,
		Verdict: "drift", Alpha: 0.01, Signals: []Signal{{Name: "accuracy", Effect: 0.2, Floor: 0.05, P: 0.001, Moved: true, Alarm: true}}, Sketch: []uint64{1, 1 << 63},
	}
	if err := AddCheck(path, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadChecks(path)
	if d := cmp.Diff([]Check{want}, got); err != nil || d != "" {
		t.Error(d, err)
	}
}

func TestBrokenChecks(t *testing.T) {
	const good = `{"at":"2026-11-21T08:00:00Z","workflow":"w","design":"d","verdict":"drift","cases":2,"labelled":1,"alpha":0.01}` + "\n"
	for _, tt := range []struct{ why, line, want string }{
		{"it would count as one of the year's checks", `{}`, "want at, workflow, design and verdict"},
		{"it would belong to every time", `{"workflow":"w","design":"d","verdict":"drift"}`, "want at, workflow, design and verdict"},
		{"it would give the year more to spend", strings.Replace(good, "0.01", "-5", 1), "alpha is -5: want 0 to 1"},
		{"it cannot have spent that", strings.Replace(good, "0.01", "2", 1), "alpha is 2: want 0 to 1"},
		{"more labels than cases", strings.Replace(good, `"labelled":1`, `"labelled":3`, 1), "2 cases, 3 of them labelled"},
		{"another type", strings.Replace(good, `"w"`, `1`, 1), "cannot unmarshal number"},
	} {
		path := filepath.Join(t.TempDir(), ChecksFile)
		if err := os.WriteFile(path, []byte(good+tt.line), 0o644); err != nil {
			t.Fatal(err)
		}
		_, err := ReadChecks(path)
		if err == nil || !strings.Contains(err.Error(), ChecksFile+":2:1: not a check: ") || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.why, err, tt.want)
		}
	}
}

func FuzzChecks(f *testing.F) {
	f.Add([]byte(`{"at":"2026-11-21T08:00:00Z","workflow":"w","design":"d","verdict":"drift","alpha":0.01,"signals":[{"name":"a"}],"sketch":[1]}` + "\n"))
	f.Add([]byte("{}\n"))
	f.Add([]byte("null\n\n[]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), ChecksFile)
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		checks, err := ReadChecks(path)
		if err != nil && !strings.HasPrefix(err.Error(), path+":") {
			t.Errorf("no place: %v", err)
		}
		for _, c := range checks {
			if c.Workflow == "" || c.At.IsZero() || c.Alpha < 0 || c.Alpha > 1 {
				t.Errorf("a check that is none: %+v", c)
			}
		}
	})
}
