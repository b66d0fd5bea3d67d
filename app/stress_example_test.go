package app_test

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/app"
)

// The example of a stress file with faults of its own is what the program prints
// today.
func TestExampleReportsOfStress(t *testing.T) {
	for _, program := range []string{"sh", "sed"} {
		if _, err := exec.LookPath(program); err != nil {
			t.Skipf("a fault of the file is a program that wants %s", program)
		}
	}
	noEndpoint(t)
	root, err := filepath.Abs("..")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	for _, folder := range []string{"workflows/claims", "datasets/claims"} {
		if err := os.CopyFS(filepath.Join(dir, folder), os.DirFS(filepath.Join(root, folder))); err != nil {
			t.Fatal(err)
		}
	}
	t.Chdir(dir)
	for format, ending := range exampleFormats() {
		var out, problems bytes.Buffer
		line := strings.Fields("simulate stress claims/rules --faults storm --cases 200 --format " + format)
		if code := app.Simulate(app.Builtin(), line, strings.NewReader(""), &out, &problems); code != app.ExitDone {
			t.Fatalf("exit code %d\n%s", code, &problems)
		}
		sameExample(t, out.Bytes(), filepath.Join(root, "reports", "examples", "stress-claims"+ending))
	}
}
