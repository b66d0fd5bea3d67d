package app

import (
	"context"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

func simulateStaffCommand(s *streams) *cobra.Command {
	var f simulateFlags
	c := &cobra.Command{
		Use:   "staff SCENARIO",
		Short: "Find the cheapest people, by skill and shift, that keep the service level",
		Long: `Staff searches the cheapest mix of people with which a design keeps the service
level: the lower end of its interval is not below what is promised. Where the
people of a team are listed, every entry with a number is a group of its own, by
skill and shift; people: 0 is one that nobody is in yet. It shows what one person
fewer in each group would do, and the share within the service level by kind of
case and by hour of arrival. All mixes meet the same cases.

` + scenarioHelp,
		Example: join(s.program,
			"%s staff invoice/peak",
			"%s staff invoice/peak --design as-is --format html --output staff.html"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			return f.answer(c, s, a[0], func(ctx context.Context, sc *scenario.Scenario, p *opsim.Profile, warnings []string) (printable, error) {
				if err := promises(sc); err != nil {
					return nil, err
				}
				res, err := opsim.Staff(ctx, sc, p, f.parallel)
				if err != nil {
					return nil, err
				}
				res.Warnings = append(res.Warnings, warnings...)
				return report.Staffing{Staffing: res}, nil
			})
		},
	}
	f.register(c)
	return c
}
