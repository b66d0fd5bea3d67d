package main

import (
	"flag"
	"fmt"
	"os"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/rehearse-dev/rehearse/app"
)

var update = flag.Bool("update", false, "rewrite the expected output in scripts")

// asProgram makes the test binary the program itself, for tests that start and
// kill it.
const asProgram = "REHEARSE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" {
		os.Exit(app.Eval(app.Builtin(), append([]string{"eval"}, os.Args[1:]...), os.Stdin, os.Stdout, os.Stderr))
	}
	testscript.Main(m, map[string]func(){
		"eval": func() { os.Exit(app.Eval(app.Builtin(), os.Args, os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// TestScripts runs the program as a user would.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *update,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(e *testscript.Env) error {
			e.Setenv("NO_COLOR", "1")
			e.Values[systemKey{}] = new(*system)
			if dsn := os.Getenv(postgresEnv); dsn != "" {
				e.Setenv(postgresEnv, dsn)
			}
			return nil
		},
		Condition: func(name string) (bool, error) {
			if name == "postgres" {
				return os.Getenv(postgresEnv) != "", nil
			}
			return false, fmt.Errorf("unknown condition %q", name)
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"code":         exitCode,
			"samebits":     sameBits,
			"standin":      standin,
			"tickets":      writeTickets,
			"nowhere":      nowhere,
			"workflow":     runCI,
			"system":       startSystem,
			"calls":        systemCalls,
			"sqlite":       makeSQLite,
			"postgres":     makePostgres,
			"otherversion": otherVersion,
			"signers":      allowSigner,
			"stockverify":  stockVerify,
			"unpack":       unpackConfigMap,
		},
	})
}
