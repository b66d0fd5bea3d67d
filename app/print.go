package app

import (
	"bytes"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/regular"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/spf13/pflag"
)

// printable is an answer in the formats that the commands print.
type printable interface {
	Text(w io.Writer, o report.TextOptions) error
	Markdown(w io.Writer) error
	HTML(w io.Writer) error
	JSON(w io.Writer) error
}

const formatUsage = "text, md, html or json"

// answerFlags are the flags of a command with one answer: in which format, and
// where to.
func answerFlags(flags *pflag.FlagSet, format, output *string) {
	flags.StringVar(format, "format", "text", formatUsage)
	flags.StringVarP(output, "output", "o", "", "write to this `file`")
}

// printer is the way to print that --format names, onto s.out or into a file.
func printer(s *streams, format, output string) (func(printable) error, error) {
	write, ok := map[string]func(printable, io.Writer) error{
		"text": func(p printable, w io.Writer) error { return p.Text(w, textOptions(w)) },
		"md":   printable.Markdown,
		"html": printable.HTML,
		"json": printable.JSON,
	}[format]
	if !ok {
		return nil, withCode(ExitUsage, fmt.Errorf("--format %q: want %s", format, formatUsage))
	}
	return func(p printable) error {
		return s.print(output, func(w io.Writer) error { return write(p, w) })
	}, nil
}

// print writes onto the output, or into a file where one is named.
func (s *streams) print(output string, write func(io.Writer) error) error {
	if output == "" {
		return write(s.out)
	}
	return regular.Replace(output, write)
}

// keep writes a result into a run's folder, as NAME.html, NAME.md and
// NAME.json.
func keep(dir, name string, p printable) error {
	for _, f := range []struct {
		ending string
		write  func(io.Writer) error
	}{{".html", p.HTML}, {".md", p.Markdown}, {".json", p.JSON}} {
		var b bytes.Buffer
		if err := f.write(&b); err != nil {
			return err
		}
		if err := record.WriteFile(filepath.Join(dir, name+f.ending), b.Bytes()); err != nil {
			return err
		}
	}
	return nil
}

// textOptions fit the text report to where it goes.
func textOptions(w io.Writer) report.TextOptions {
	return report.TextOptions{
		Color: isTerminal(w) && os.Getenv("NO_COLOR") == "" && os.Getenv("TERM") != "dumb",
		Width: terminalWidth(w),
	}
}
