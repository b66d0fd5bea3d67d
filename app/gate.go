package app

import (
	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/gate"
	"github.com/rehearse-dev/rehearse/internal/redact"
	"github.com/rehearse-dev/rehearse/internal/report"
)

func gateCommand(r *flow.Registry, s *streams) *cobra.Command {
	var format, output, baseline string
	var designs []string
	var explain bool
	c := &cobra.Command{
		Use:   "gate RUN|DESIGN",
		Short: "Judge a run's candidates by the workflow's gate: pass, fail or inconclusive",
		Long: `Gate holds every candidate of a run against the thresholds that its workflow
states, on bounds and not on what the run happens to show: a threshold passes
when the worse end of the 95% interval meets it, fails when the better end does
not, and is inconclusive otherwise. Critical thresholds decide, advisory ones
are shown. The baseline gets no verdict.

The exit code is that of the worst candidate: 0 pass, 4 fail, 5 inconclusive.
RUN is a run's folder, its id in reports/runs, or latest; DESIGN is that of the
newest run that has it, and RUN:DESIGN that of one.

Thresholds relative to the baseline are held against --baseline in place of the
workflow's: a DESIGN of the run, or of the newest one that has it; RUN, or
RUN:DESIGN, of another run, on the cases that both have; or production, the design
that was promoted. That is replayed on the run's cases, calling nothing outside,
unless digests prove that its trials are there already, and the report says so.`,
		Example: join(s.program,
			"%s gate latest",
			"%s gate latest --design model-cutoff --explain",
			"%s gate model-cutoff --baseline rules",
			"%s gate latest --format junit --output gate.xml",
			"%s gate latest --format github"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			write, err := reviewPrinter(s, format, output)
			if err != nil {
				return err
			}
			run, only, err := gateRun(a[0])
			if err != nil {
				return err
			}
			rep, err := buildReport(c.Context(), run, "gate")
			if err != nil {
				return err
			}
			if only != "" {
				designs = append(designs, only)
			}
			b, err := unchangedBaseline(run)
			if baseline != "" {
				b, err = baselineOf(c.Context(), r, s, run, baseline)
			}
			if err != nil {
				return err
			}
			if b != nil {
				candidates, err := rep.against(c.Context(), run, b)
				if err != nil {
					return err
				}
				if len(designs) == 0 {
					designs = candidates
				}
			}
			shown := redact.Scored(rep.Score, rep.HideIDs, rep.HideTags)
			result, err := gate.Run(run.Header, rep.workflow, shown, rep.Compare, designs)
			if err != nil {
				return withCode(ExitInput, err)
			}
			if err := regressed(c.Context(), r, s, run, rep.workflow, rep.card, result); err != nil {
				return err
			}
			if err := write(&report.Gate{Result: result, Explain: explain}); err != nil {
				return err
			}
			return verdictCode(result.Verdict)
		},
	}
	c.Flags().StringArrayVar(&designs, "design", nil, "judge this candidate only (repeatable; default all)")
	c.Flags().StringVar(&baseline, "baseline", "", "hold them against `production`, a design or a run in place of the workflow's baseline")
	c.Flags().StringVar(&format, "format", "text", reviewUsage)
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
