package app

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/report"
)

// gateFormats are what eval gate prints.
var gateFormats = map[string]func(*report.Gate, io.Writer) error{
	"text":  func(g *report.Gate, w io.Writer) error { return g.Text(w, textOptions(w)) },
	"md":    (*report.Gate).Markdown,
	"html":  (*report.Gate).HTML,
	"junit": (*report.Gate).JUnit,
	"json":  (*report.Gate).JSON,
}

func gateCommand(s *streams) *cobra.Command {
	var format, output string
	var designs []string
	var explain bool
	c := &cobra.Command{
		Use:   "gate RUN",
		Short: "Judge a run's candidates by the workflow's gate: pass, fail or inconclusive",
		Long: `Gate holds every candidate of a run against the thresholds that its workflow
states, on bounds and not on what the run happens to show: a threshold passes
when the worse end of the 95% interval meets it, fails when the better end does
not, and is inconclusive otherwise. Critical thresholds decide, advisory ones
are shown. The baseline gets no verdict.

The exit code is that of the worst candidate: 0 pass, 4 fail, 5 inconclusive.
RUN is a run's folder, its id in reports/runs, or latest.`,
		Example: join(s.program,
			"%s gate latest",
			"%s gate latest --design model-cutoff --explain",
			"%s gate latest --format junit --output gate.xml"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			write, ok := gateFormats[format]
			if !ok {
				return withCode(ExitUsage, fmt.Errorf("--format %q: want text, md, html, junit or json", format))
			}
			run, err := findRun(a[0])
			if err != nil {
				return err
			}
			rep, err := buildReport(c.Context(), run, "gate")
			if err != nil {
				return err
			}
			shown := redact.Scored(rep.Score, rep.HideIDs, rep.HideTags)
			result, err := gate.Run(run.Header, rep.workflow, shown, rep.Compare, designs)
			if err != nil {
				return withCode(ExitInput, err)
			}
			printed := &report.Gate{Result: result, Explain: explain}
			if err := s.print(output, func(w io.Writer) error { return write(printed, w) }); err != nil {
				return err
			}
			return verdictCode(result.Verdict)
		},
	}
	c.Flags().StringArrayVar(&designs, "design", nil, "judge this candidate only (repeatable; default all)")
	c.Flags().StringVar(&format, "format", "text", "text, md, html, junit or json")
	c.Flags().StringVarP(&output, "output", "o", "", "write to this `file`")
	c.Flags().BoolVar(&explain, "explain", false, "print the arithmetic behind every threshold")
	return c
}

// verdictCode ends a command with the exit code of a verdict.
func verdictCode(v gate.Verdict) error {
	switch v {
	case gate.Pass:
		return nil
	case gate.Fail:
		return silently(ExitFailed)
	}
	return silently(ExitInconclusive)
}
