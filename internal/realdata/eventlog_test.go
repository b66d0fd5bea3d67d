package realdata

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
	"github.com/rehearse-dev/rehearse/internal/discover"
)

// Cycle times of the loan-application log: estimated from its training part, held
// against its test part. Published methods come as near as 1.3 to 1.9 hours.
func TestLoanApplications(t *testing.T) {
	t.Parallel()
	data := filepath.Join(os.Getenv("REHEARSE_DATA"), "event_logs")
	if !isDir(data) {
		t.Skipf("no data at %s; name the folder that holds event_logs in REHEARSE_DATA", data)
	}
	var out, problems bytes.Buffer
	args := []string{"simulate", "check", filepath.Join(data, "loanapp_train.csv.gz"), "--against", filepath.Join(data, "loanapp_test.csv.gz"), "--replications", "50", "--format", "json"}
	if code := app.Simulate(app.Builtin(), args, nil, &out, &problems); code != app.ExitDone {
		t.Fatalf("%q ends with %d:\n%s", args, code, &problems)
	}
	var got discover.Check
	if err := json.Unmarshal(out.Bytes(), &got); err != nil {
		t.Fatal(err)
	}
	d := got.Distance
	t.Logf("distance %.2f h (%.2f to %.2f), the log's own %.2f h, two simulated logs %.2f h, p %.2f", d.Estimate.Value, d.Lower, d.Upper, got.Own, got.Chance, got.P)
	if got.Trained != 797 || got.Held != 200 {
		t.Errorf("%d and %d cases, want 797 and 200", got.Trained, got.Held)
	}
	if got.Own < 1.06 || got.Own > 1.08 {
		t.Errorf("the training part is %.3f h from the test part, want 1.07", got.Own)
	}
	if d.Upper > 1.3 {
		t.Errorf("the simulation may be %.2f h from the test part, want at most the 1.3 h of published methods", d.Upper)
	}
	if got.Verdict != discover.WithinChance || got.Open > 0 {
		t.Errorf("%s, %d open", got.Verdict, got.Open)
	}
}
