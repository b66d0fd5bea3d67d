package app

import (
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/report"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

func simulateSweepCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f simulateFlags
	var sf settingFlags
	var over, staff []string
	c := &cobra.Command{
		Use:   "sweep SCENARIO",
		Short: "Find where the service level breaks, and how many people each volume takes",
		Long: `Sweep puts designs through more and less than the scenario's volume. It finds the
volume at which the service level breaks with the teams as they are, the team
that binds, and the volume from which the backlog grows without end; the fewest
people for every volume, design beside design; and the share within the service
level for every size of one team at every volume. All meet the same cases. With
--grid it does so for every setting of one design's cutoffs.

` + scenarioHelp,
		Example: join(s.program,
			"%s sweep invoice/peak",
			"%s sweep invoice/peak --volume 1,2 --staff clerks=2,4,6",
			"%s sweep invoice/peak --design as-is --format html --output sweep.html"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			ask, err := sweepAsk(over, staff)
			if err != nil {
				return err
			}
			values, err := sf.tune.check(c)
			if err != nil {
				return err
			}
			if len(values) > 0 {
				return f.print(c, s, a[0], func(ctx context.Context, sc *scenario.Scenario) (printable, error) {
					p, warnings, err := sf.settings(c, r, s, &f, sc, values)
					if err != nil {
						return nil, err
					}
					found, err := f.swept(ctx, sc, p, ask, warnings)
					return found, withCode(ExitInput, err)
				})
			}
			return f.answer(c, s, a[0], func(ctx context.Context, sc *scenario.Scenario, p *opsim.Profile, warnings []string) (printable, error) {
				return f.swept(ctx, sc, p, ask, warnings)
			})
		},
	}
	f.register(c)
	c.Flags().StringSliceVar(&over, "volume", nil, "`factors` on the scenario's volume, such as 0.5,1,2")
	sf.register(c, "also sweep the cutoffs of the one --design over these `values`, on the calibration split, or the cutoff of stated cases")
	c.Flags().StringSliceVar(&staff, "staff", nil, "sizes of one team, as `team=4,6,8`")
	return c
}

// swept sweeps the designs of a profile.
func (f *simulateFlags) swept(ctx context.Context, sc *scenario.Scenario, p *opsim.Profile, ask opsim.SweepAsk, warnings []string) (printable, error) {
	if err := promises(sc); err != nil {
		return nil, err
	}
	if err := hasTeam(sc, ask.Team); err != nil {
		return nil, err
	}
	res, err := opsim.SweepOver(ctx, sc, p, ask, f.parallel)
	if err != nil {
		return nil, err
	}
	res.Warnings = append(res.Warnings, warnings...)
	return report.Swept{Sweep: res}, nil
}

// Bounds of what is swept: each cell of the table is a simulation.
const (
	mostVolumes = 40
	mostSizes   = 40
)

// sweepAsk reads the flags.
func sweepAsk(over, staff []string) (opsim.SweepAsk, error) {
	var ask opsim.SweepAsk
	for _, text := range over {
		x, err := strconv.ParseFloat(strings.TrimSpace(text), 64)
		if err != nil || !(x > 0 && x <= 1000) {
			return ask, withCode(ExitUsage, fmt.Errorf("--volume: %q is no factor above 0 and up to 1000", text))
		}
		ask.Volumes = append(ask.Volumes, x)
	}
	for i, text := range staff {
		team, size, named := strings.Cut(text, "=")
		switch {
		case !named && i == 0:
			return ask, withCode(ExitUsage, fmt.Errorf("--staff %q: want a team and its sizes, such as clerks=4,6,8", text))
		case !named:
			size = team
		case ask.Team != "" && team != ask.Team:
			return ask, withCode(ExitUsage, fmt.Errorf("--staff: %q and %q: the sizes of one team are swept at a time", ask.Team, team))
		default:
			ask.Team = team
		}
		n, err := strconv.Atoi(strings.TrimSpace(size))
		if err != nil || n < 1 || n > 100_000 {
			return ask, withCode(ExitUsage, fmt.Errorf("--staff: %q is no number of people from 1 to 100000", size))
		}
		ask.People = append(ask.People, n)
	}
	if len(ask.Volumes) > mostVolumes || len(ask.People) > mostSizes {
		return ask, withCode(ExitUsage, fmt.Errorf("at most %d volumes and %d sizes are swept at a time", mostVolumes, mostSizes))
	}
	return ask, nil
}

// promises wants a service level.
func promises(sc *scenario.Scenario) error {
	if sc.Service == nil {
		return withCode(ExitInput, fmt.Errorf("%s: no service level to hold designs to: state service_level: {turnaround: 24h, share: 0.95} here or in the workflow", sc.File))
	}
	return nil
}

// hasTeam wants a team of the scenario; "" is any.
func hasTeam(sc *scenario.Scenario, team string) error {
	var names []string
	for _, t := range sc.Teams {
		names = append(names, t.Name)
	}
	if team != "" && !slices.Contains(names, team) {
		return withCode(ExitUsage, fmt.Errorf("--staff: the scenario %s has no team %q%s", sc.Name, team, oneOf(names)))
	}
	return nil
}
