package app

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"github.com/rehearse-dev/rehearse/internal/regular"
)

// output is a stream that remembers why it could not be written, so that a
// command whose answer went nowhere does not end as if it were read.
type output struct {
	io.Writer
	err error
}

func (o *output) Write(p []byte) (int, error) {
	n, err := o.Writer.Write(p)
	if o.err == nil {
		o.err = err
	}
	return n, err
}

// writable refuses a file named by a flag that could not be written, or that the
// command reads, before the work whose answer would be lost. What names it is on the
// command line; files that those name in turn cannot be read from now on.
func writable(s *streams, c *cobra.Command, args []string) error {
	for _, name := range []string{"output", "prometheus", "ledger"} {
		flag := c.Flags().Lookup(name)
		if flag == nil || flag.Value.String() == "" || madeBy(c, flag.Value.String()) {
			continue
		}
		if read := readFrom(c, args, name); read != "" {
			return withCode(ExitUsage, fmt.Errorf("--%s %q is %s itself, which would be lost: name another file", name, flag.Value, read))
		}
		if what := irreplaceable(flag.Value.String()); what != "" && name == "output" {
			return withCode(ExitUsage, fmt.Errorf("--%s %q is %s, which would be lost: name another file", name, flag.Value, what))
		}
		err := regular.Writable(flag.Value.String())
		if err == nil && name == "ledger" {
			err = appendable(flag.Value.String())
		}
		var cause *fs.PathError
		switch {
		case errors.Is(err, regular.ErrFolder):
			return withCode(ExitUsage, fmt.Errorf("--%s %q is a folder: want a file", name, flag.Value))
		case errors.As(err, &cause):
			return fmt.Errorf("--%s %q: cannot write there: %w", name, flag.Value, cause.Err)
		case err != nil:
			return fmt.Errorf("--%s %q: cannot write there: %w", name, flag.Value, err)
		}
		if name != "ledger" { // which is added to
			s.spare("--"+name, flag.Value.String())
		}
	}
	return nil
}

// irreplaceable says what a file is that no answer is ever written over, whether or
// not the command reads it: what a run recorded, and what people wrote in the
// folders of a project; "" for any other.
func irreplaceable(path string) string {
	if info, err := os.Stat(path); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	path, err := filepath.EvalSymlinks(path)
	if err == nil {
		path, err = filepath.Abs(path)
	}
	if err != nil {
		return ""
	}
	for at := filepath.Dir(path); at != filepath.Dir(at); at = filepath.Dir(at) {
		if _, err := os.Stat(filepath.Join(at, "run.json")); err != nil {
			continue
		}
		within, _ := filepath.Rel(at, path)
		if within == "run.json" || filepath.Ext(within) == ".parquet" || strings.HasPrefix(within, "files"+string(filepath.Separator)) {
			return "a file of the run in " + relative(at)
		}
	}
	if ext := filepath.Ext(path); ext != ".yaml" && ext != ".yml" {
		return ""
	}
	root := projectRoot(filepath.Dir(path))
	for _, folder := range []string{"workflows", "datasets", "systems"} {
		if below, err := filepath.Rel(filepath.Join(root, folder), path); err == nil && filepath.IsLocal(below) {
			return "a file of the project"
		}
	}
	return ""
}

// spared is a file that a command is going to replace.
type spared struct {
	by, path string
	*regular.Reservation
}

// spare keeps a command from reading a file that it is going to replace; by is what
// of the command line names it.
func (s *streams) spare(by, path string) {
	if r := regular.Reserve(path); r != nil {
		s.spared = append(s.spared, spared{by, path, r})
	}
}

// unread is the error of a command that is over; where it was to read a file that
// it was to replace, that is the error.
func (s *streams) unread(err error) error {
	for _, f := range s.spared {
		f.Release()
		if f.WasRead() {
			err = withCode(ExitUsage, fmt.Errorf("%s %q: the command reads that file, which would be lost: name another", f.by, f.path))
		}
	}
	return err
}

// readFrom is the argument or flag by which a command reads the very file that
// the flag of an output names, by whatever path; "" for none.
func readFrom(c *cobra.Command, args []string, output string) string {
	written, err := os.Stat(c.Flags().Lookup(output).Value.String())
	if err != nil || !written.Mode().IsRegular() {
		return ""
	}
	is := func(name string) bool {
		return slices.ContainsFunc(namedFiles(name), func(path string) bool {
			info, err := os.Stat(path)
			return err == nil && os.SameFile(info, written)
		})
	}
	for _, a := range args {
		if is(a) {
			return fmt.Sprintf("%q", a)
		}
	}
	read := ""
	c.Flags().Visit(func(f *pflag.Flag) {
		if f.Name == output || f.Name == "output" || f.Name != "ledger" && !flagSources[f.Name].files {
			return
		}
		values := []string{f.Value.String()}
		if list, ok := f.Value.(pflag.SliceValue); ok {
			values = list.GetSlice()
		}
		if read == "" && slices.ContainsFunc(values, is) {
			read = "--" + f.Name
		}
	})
	return read
}

// namedFiles are the files that a name on the command line can stand for: its
// own path, and those that commands find by the name of a folder, run, workflow,
// dataset or scenario.
func namedFiles(name string) []string {
	root := projectRoot(".")
	return append([]string{
		name,
		filepath.Join(name, "workflow.yaml"),
		filepath.Join(name, "dataset.yaml"),
		filepath.Join(name, "run.json"),
		filepath.Join(root, "workflows", name, "workflow.yaml"),
		filepath.Join(root, "datasets", name, "dataset.yaml"),
		filepath.Join(runsDir(), name, "run.json"),
	}, scenarioFiles(root, name)...)
}

// madeBy says whether a file lies in the folder that the command itself makes.
func madeBy(c *cobra.Command, path string) bool {
	out := c.Flags().Lookup("out")
	if out == nil || out.Value.String() == "" {
		return false
	}
	below, err := filepath.Rel(out.Value.String(), path)
	return err == nil && filepath.IsLocal(below)
}

// appendable says why a line cannot be added to a file that is there.
func appendable(path string) error {
	f, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	return f.Close()
}

// shown is text from data, fit for a line of a terminal.
func shown(text string) string { return printed(text, "") }

// legible is a message that may hold text from data, such as the name of a
// file, fit for a terminal.
func legible(message string) string { return printed(message, "\n\t") }

// printed takes out what a terminal obeys, but for what is allowed.
func printed(text, allowed string) string {
	return strings.Map(func(r rune) rune {
		if (r < ' ' || r >= 0x7f && r < 0xa0) && !strings.ContainsRune(allowed, r) {
			return '?'
		}
		return r
	}, text)
}
