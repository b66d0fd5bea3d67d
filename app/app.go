// Package app is the two programs: their commands, exit codes, signals and
// terminal. A program of your own that knows step kinds of yours is this
// package and a line:
//
//	r := app.Builtin()
//	r.AddStep("acme.lookup", acme.Lookup())
//	os.Exit(app.Eval(r, os.Args, os.Stdin, os.Stdout, os.Stderr))
package app

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"path/filepath"
	"strings"
	"syscall"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin"
	"github.com/rehearse-dev/rehearse/internal/scaffold"
)

// Builtin is a fresh registry with the built-in step kinds.
func Builtin() *flow.Registry {
	r := new(flow.Registry)
	builtin.Register(r)
	return r
}

// streams are what a command talks to.
type streams struct {
	in       io.Reader
	out, err io.Writer
	program  string   // the name the program was called by
	called   string   // how to call it again from any folder
	spared   []spared // files that are going to be replaced
}

// Eval runs the eval program and gives its exit code. args[0] is the name it
// was called by, which its help shows.
func Eval(r *flow.Registry, args []string, in io.Reader, out, errOut io.Writer) int {
	s := &streams{in: in, out: out, err: errOut, program: filepath.Base(args[0]), called: called(args[0])}
	return execute(evalCommand(r, s), s, args[1:])
}

// evalCommand is the eval program with all that it can be asked.
func evalCommand(r *flow.Registry, s *streams) *cobra.Command {
	root := &cobra.Command{
		Use:   s.program,
		Short: "Rehearse an AI workflow on its own history before it goes live",
		Long: `Rehearse replays labelled historical cases through candidate designs of a
workflow, measures what each would have done (automated, escalated, failed, and
at which handoff), and compares them with honest statistics.`,
		Example: join(s.program,
			"%s lint                        # check every workflow, design and card",
			"%s run invoice                 # replay all designs on the dev split",
			"%s report latest --format md   # the comparison again, as Markdown"),
	}
	root.AddCommand(
		initCommand(r, s),
		discoverCommand(r, s),
		planCommand(r, s),
		runCommand(r, s),
		reportCommand(r, s),
		compareCommand(s),
		runsCommand(s),
		traceCommand(s),
		handoffsCommand(r, s),
		scorecardCommand(r, s),
		gateCommand(r, s),
		tuneCommand(r, s),
		promoteCommand(r, s),
		verifyCommand(r, s),
		serveCommand(r, s),
		attributeCommand(r, s),
		driftCommand(r, s),
		reviewCommand(s),
		diagramCommand(r, s),
		lintCommand(r, s),
		datasetCommand(s),
		cacheCommand(s),
		systemCommand(r, s),
		testCommand(r, s),
		schemaCommand(r, s),
		versionCommand(s),
	)
	return root
}

// called is how to call a program again from any folder. One that was found in
// the path may have the name of a shell's builtin, as eval has.
func called(as string) string {
	if !strings.ContainsRune(as, filepath.Separator) {
		return "env " + as
	}
	if path, err := filepath.Abs(as); err == nil {
		return scaffold.Shell(path)
	}
	return scaffold.Shell(as)
}

// execute runs a command tree until it is done or interrupted.
func execute(root *cobra.Command, s *streams, args []string) int {
	root.SilenceErrors, root.SilenceUsage = true, true
	out := &output{Writer: s.out}
	s.out = out
	completable(root)
	root.PersistentPreRunE = func(c *cobra.Command, args []string) error { return writable(s, c, args) }
	root.SetArgs(args)
	root.SetIn(s.in)
	root.SetOut(s.out)
	root.SetErr(s.err)
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		return withCode(ExitUsage, fmt.Errorf("%w\nrun '%s --help' for its flags", wanted(err), c.CommandPath()))
	})
	outgrow()
	ctx, stop := signal.NotifyContext(context.Background(), os.Interrupt, syscall.SIGTERM)
	defer stop()
	err := s.unread(root.ExecuteContext(ctx))
	if err == nil && out.err != nil {
		err = fmt.Errorf("standard output: %w", out.err)
	}
	if err == nil {
		return ExitDone
	}
	code := exitCode(err)
	if msg := err.Error(); strings.HasPrefix(msg, "unknown command") {
		code = ExitUsage
	}
	var silent *silentError
	switch {
	case errors.As(err, &silent):
	case errors.Is(err, context.Canceled):
		fmt.Fprintln(s.err, "interrupted")
	default:
		fmt.Fprintln(s.err, legible(err.Error()))
	}
	return code
}

// silentError ends a command with a code after it has said everything itself.
type silentError struct{ code int }

func (e *silentError) Error() string { return fmt.Sprintf("exit code %d", e.code) }

func silently(code int) error { return &exitError{code, &silentError{code}} }

// args makes wrong numbers of arguments a usage error.
func args(check cobra.PositionalArgs) cobra.PositionalArgs {
	return func(c *cobra.Command, a []string) error {
		if err := check(c, a); err != nil {
			return withCode(ExitUsage, fmt.Errorf("%w\nusage: %s", err, c.UseLine()))
		}
		return nil
	}
}

// join fills the program's name into example lines.
func join(program string, lines ...string) string {
	for i, l := range lines {
		lines[i] = "  " + strings.ReplaceAll(l, "%s", program)
	}
	return strings.Join(lines, "\n")
}
