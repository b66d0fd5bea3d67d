// Package rehearse holds the tests that keep promises of the whole module.
package rehearse

import (
	"bytes"
	"encoding/json"
	"errors"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"testing"
)

const module = "github.com/rehearse-dev/rehearse/"

// allowed says which packages of this module a package may import. A folder
// stands for all packages in it, save those that have a line of their own.
// It is the table of ARCHITECTURE.md: change both, with the code.
var allowed = map[string][]string{
	"flow":              {},
	"flowtest":          {"flow"},
	"engine":            {"flow", "internal/design", "internal/expr", "internal/regular"},
	"app":               {"*"},
	"cmd":               {"app"},
	"docs":              {},
	"examples":          {"app", "engine", "flow", "service"},
	"service":           {"flow", "engine", "internal/audit", "internal/dataset", "internal/design", "internal/promote", "internal/redact", "internal/score", "internal/strictjson"},
	"internal/diag":     {"flow"},
	"internal/yamldoc":  {"flow", "internal/diag"},
	"internal/regular":  {},
	"internal/pqguard":  {},
	"internal/expr":     {"flow", "internal/diag"},
	"internal/stats":    {},
	"internal/des":      {},
	"internal/learn":    {},
	"internal/prompt":   {},
	"internal/secret":   {},
	"internal/lockfile": {},
	"internal/llm":      {"internal/lockfile", "internal/regular", "internal/secret"},

	"internal/llm/llmtest":     {"internal/llm/llmtest"},
	"internal/serve/servetest": {"app", "flow"},

	"internal/models":     {"flow", "internal/diag", "internal/llm", "internal/regular", "internal/yamldoc"},
	"internal/dataset":    {"flow", "internal/diag", "internal/yamldoc", "internal/journal", "internal/normalise", "internal/pqguard", "internal/regular"},
	"internal/design":     {"flow", "internal/diag", "internal/yamldoc", "internal/expr", "internal/prove", "internal/regular"},
	"internal/prove":      {"flow", "internal/expr"},
	"internal/convert":    {"internal/dataset", "internal/diag"},
	"internal/sample":     {"internal/dataset", "internal/diag"},
	"internal/split":      {"flow", "internal/dataset", "internal/diag"},
	"internal/inspect":    {"flow", "internal/dataset", "internal/normalise"},
	"internal/scaffold":   {"flow", "internal/dataset", "internal/inspect"},
	"internal/builtin":    {"flow", "internal/builtin", "internal/diag", "internal/yamldoc", "internal/expr", "internal/learn", "internal/llm", "internal/models", "internal/prompt", "internal/normalise", "internal/pqguard", "internal/regular", "internal/search", "internal/secret", "internal/strictjson"},
	"internal/search":     {},
	"internal/record":     {"flow", "internal/design", "internal/lockfile", "internal/pqguard", "internal/regular"},
	"internal/estimate":   {"flow", "internal/llm", "internal/record"},
	"internal/people":     {"flow", "internal/design"},
	"internal/replay":     {"flow", "engine", "internal/design", "internal/dataset", "internal/record", "internal/people"},
	"internal/review":     {"flow", "internal/compare", "internal/dataset", "internal/design", "internal/record", "internal/score", "internal/stats"},
	"internal/race":       {"flow", "internal/dataset", "internal/design", "internal/record", "internal/replay", "internal/score", "internal/stats"},
	"internal/score":      {"flow", "internal/dataset", "internal/design", "internal/learn", "internal/record", "internal/people", "internal/stats"},
	"internal/compare":    {"internal/record", "internal/score", "internal/stats"},
	"internal/business":   {"flow", "internal/diag", "internal/yamldoc"},
	"internal/scenario":   {"flow", "internal/business", "internal/des", "internal/design", "internal/diag", "internal/stats", "internal/yamldoc", "internal/regular"},
	"internal/traced":     {"internal/des", "internal/scenario", "internal/stats"},
	"internal/opsim":      {"flow", "internal/des", "internal/diag", "internal/scenario", "internal/stats", "internal/traced"},
	"internal/diagram":    {"flow", "internal/design"},
	"internal/eventlog":   {"internal/dataset", "internal/diag", "internal/normalise"},
	"internal/discover":   {"internal/des", "internal/eventlog", "internal/stats"},
	"internal/drift":      {"flow", "internal/audit", "internal/dataset", "internal/design", "internal/ledger", "internal/record", "internal/score", "internal/learn", "internal/stats"},
	"internal/redact":     {"flow", "internal/dataset", "internal/design", "internal/score"},
	"internal/serve":      {"flow", "internal/audit", "service"},
	"internal/telemetry":  {"flow", "engine", "internal/audit", "internal/design", "service"},
	"internal/audit":      {"flow", "internal/journal", "internal/lockfile", "internal/redact"},
	"internal/report":     {"flow", "internal/revise", "internal/decisions", "internal/restate", "internal/scorecard", "internal/redact", "internal/review", "internal/report/page", "internal/design", "internal/designtest", "internal/record", "internal/score", "internal/compare", "internal/stats", "internal/gate", "internal/opsim", "internal/business", "internal/attribute", "internal/handoffs", "internal/joint", "internal/drift", "internal/ledger", "internal/estimate", "internal/inspect", "internal/llm", "internal/split", "internal/diagram", "internal/discover", "internal/tune", "internal/sizing", "internal/stress"},
	"internal/synth":      {"internal/synth"},
	"internal/realdata":   {}, // tests alone
	"internal/ledger":     {"internal/journal"},
	"internal/journal":    {"internal/regular"},
	"internal/strictjson": {},
	"internal/promote":    {"engine", "flow", "internal/dataset", "internal/design", "internal/diag", "internal/gate", "internal/ledger", "internal/record", "internal/regular", "internal/sshsig"},
	"internal/sshsig":     {},
	"internal/gate":       {"internal/compare", "internal/design", "internal/record", "internal/score", "internal/stats"},
	"workflows":           {}, // tests alone
	"internal/normalise":  {},
	"internal/scorecard":  {"engine", "flow", "internal/dataset", "internal/design", "internal/gate", "internal/people", "internal/record", "internal/redact", "internal/restate", "internal/score", "internal/stats"},
	"internal/restate":    {"flow", "internal/normalise"},
	"internal/stress":     {"flow", "engine", "internal/compare", "internal/dataset", "internal/design", "internal/diag", "internal/expr", "internal/regular", "internal/score", "internal/stats", "internal/yamldoc"},
	"internal/handoffs":   {"flow", "internal/dataset", "internal/design", "internal/record", "internal/redact", "internal/score", "internal/stats"},
	"internal/sizing":     {"internal/score", "internal/stats"},
	"internal/tune":       {"flow", "engine", "internal/dataset", "internal/design", "internal/score", "internal/stats"},
	"internal/attribute":  {"flow", "engine", "internal/dataset", "internal/design", "internal/record", "internal/score", "internal/compare", "internal/stats"},
	"internal/schema":     {"flow", "internal/dataset", "internal/design", "internal/designtest", "internal/models", "internal/scenario", "internal/stats", "internal/stress", "internal/system"},
	"internal/system":     {"flow", "internal/dataset", "internal/design", "internal/diag", "internal/expr", "internal/regular", "internal/yamldoc"},
	"internal/joint":      {"flow", "internal/compare", "internal/convert", "internal/dataset", "internal/design", "internal/record", "internal/regular", "internal/score", "internal/stats", "internal/system", "internal/yamldoc"},

	"internal/designtest": {"flow", "engine", "internal/dataset", "internal/design", "internal/diag", "internal/redact", "internal/regular", "internal/score", "internal/yamldoc"},

	"internal/queue":       {"flow", "internal/audit", "internal/dataset", "internal/design", "internal/record", "internal/redact", "internal/regular", "internal/score"},
	"internal/decisions":   {"flow", "internal/dataset", "internal/design", "internal/diag", "internal/queue", "internal/score", "internal/stats"},
	"internal/revise":      {"flow", "internal/dataset", "internal/decisions", "internal/design", "internal/inspect", "internal/queue"},
	"internal/forget":      {"internal/convert", "internal/dataset", "internal/decisions", "internal/ledger", "internal/lockfile", "internal/queue", "internal/regular", "internal/yamldoc"},
	"internal/report/form": {"flow", "internal/design", "internal/queue", "internal/report/page"},

	"internal/report/page":     {},
	"internal/report/pagetest": {}, // for tests alone
}

// TestImports keeps data flowing one way.
func TestImports(t *testing.T) {
	out, err := exec.Command("go", "list", "-json=ImportPath,Imports", "./...").Output()
	if err != nil {
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Fatalf("go list: %s", exit.Stderr)
		}
		t.Fatal(err)
	}
	seen := map[string]bool{}
	dec := json.NewDecoder(bytes.NewReader(out))
	for {
		var p struct {
			ImportPath string
			Imports    []string
		}
		if err := dec.Decode(&p); errors.Is(err, io.EOF) {
			break
		} else if err != nil {
			t.Fatal(err)
		}
		path, ok := strings.CutPrefix(p.ImportPath, module)
		if !ok {
			continue // the module's root
		}
		row, may, ok := rule(path)
		if !ok {
			t.Errorf("%s is not in the table of imports_test.go: add it to the table", path)
			continue
		}
		seen[row] = true
		for _, i := range p.Imports {
			i, ours := strings.CutPrefix(i, module)
			if ours && !slices.ContainsFunc(may, func(m string) bool { return m == "*" || within(i, m) }) {
				t.Errorf("%s imports %s, and %q may import %v", path, i, row, may)
			}
		}
	}
	for row := range allowed {
		if !seen[row] {
			t.Errorf("the table of imports_test.go names %q, and there is no such package", row)
		}
	}
}

// TestArchitecture keeps a row of ARCHITECTURE.md for every package.
func TestArchitecture(t *testing.T) {
	page, err := os.ReadFile("ARCHITECTURE.md")
	if err != nil {
		t.Fatal(err)
	}
	for row := range allowed {
		if !strings.Contains(string(page), "`"+row) {
			t.Errorf("ARCHITECTURE.md does not say what %s owns", row)
		}
	}
}

// rule is the most particular row for a package.
func rule(path string) (row string, may []string, ok bool) {
	for r, m := range allowed {
		if within(path, r) && len(r) > len(row) {
			row, may, ok = r, m, true
		}
	}
	return row, may, ok
}

func within(path, folder string) bool {
	return path == folder || strings.HasPrefix(path, folder+"/")
}
