package app

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/estimate"
	"github.com/rehearse-dev/rehearse/internal/report"
)

func planCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f runFlags
	var format, output string
	c := &cobra.Command{
		Use:   "plan WORKFLOW",
		Short: "Estimate calls, tokens, money and time of a run before anything is spent",
		Long: `Plan goes through the cases that 'run' would replay and makes no call: it counts
those that would be made and those that stored answers save, by design and step.
Tokens, money and time follow from the length of what would be sent, the prices
and limits in models.yaml or the design, and from how long the stored answers of
the same model were and took.

Every figure has a range. Its low end leaves out calls of steps that cases may
not get to; both ends take tokens and latency from the middle 80 % of stored
answers. No key is needed.`,
		Example: join(s.program,
			"%s plan invoice",
			"%s plan invoice --design llm --split dev --repeat 3 --format md"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			show, err := printer(s, format, output)
			if err != nil {
				return err
			}
			if f.parallel < 0 || f.parallel > maxParallel {
				return withCode(ExitUsage, fmt.Errorf("--parallel takes numbers from 0 to %d", maxParallel))
			}
			f.offline = true
			p, err := prepare(c.Context(), r, s, &f, a[0], c)
			if err != nil {
				return err
			}
			steps, err := p.estimate(c.Context(), f.parallel, 0)
			if err != nil {
				return err
			}
			return show(report.Plan{
				Workflow: p.workflow.Name, Currency: p.workflow.Currency, Cases: p.total, Repeats: p.header.Repeats,
				Steps: steps, Total: estimate.Total(steps),
			})
		},
	}
	flags := c.Flags()
	f.selection(flags)
	flags.StringVar(&format, "format", "text", formatUsage)
	flags.StringVarP(&output, "output", "o", "", "write to this file")
	return c
}
