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
	var sizes sizeFlags
	var format, output string
	c := &cobra.Command{
		Use:   "plan WORKFLOW",
		Short: "Say how many cases a question needs, and what a run will call, spend and take",
		Long: `Plan goes through the cases that 'run' would replay and makes no call: it counts
those that would be made and those that stored answers save, by design and step.
Tokens, money and time follow from the length of what would be sent, the prices
and limits in models.yaml or the design, and from how long the stored answers of
the same model were and took.

Every figure has a range. Its low end leaves out calls of steps that cases may
not get to; both ends take tokens and latency from the middle 80 % of stored
answers. No key is needed.

It also says what the cases at hand can show, all of them and by segment: how
precisely a rate will be known, which difference between two designs will be
found, below what a rare event can be shown to be. With --precision, --difference
or --at-most it says how many cases that takes. Rates, discordant cases and what
clusters cost are taken from an earlier run (--pilot RUN), else assumed.`,
		Example: join(s.program,
			"%s plan invoice",
			"%s plan invoice --design llm --split dev --repeat 3 --format md",
			"%s plan invoice --difference 0.03 --precision 0.02 --at-most 0.01",
			"%s plan invoice --difference 0.03 --pilot latest"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			show, err := printer(s, format, output)
			if err != nil {
				return err
			}
			if f.parallel < 0 || f.parallel > maxParallel {
				return withCode(ExitUsage, fmt.Errorf("--parallel takes numbers from 0 to %d", maxParallel))
			}
			if err := sizes.check(c.Flags()); err != nil {
				return err
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
			planned, err := sizes.plan(c.Context(), p)
			if err != nil {
				return err
			}
			return show(report.Plan{
				Workflow: p.workflow.Name, Currency: p.workflow.Currency, Cases: p.total, Repeats: p.header.Repeats,
				Steps: steps, Total: estimate.Total(steps), Sizes: planned,
			})
		},
	}
	flags := c.Flags()
	f.selection(flags)
	sizes.flags(flags)
	answerFlags(flags, &format, &output)
	return c
}
