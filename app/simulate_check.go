package app

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/discover"
	"github.com/rehearse-dev/rehearse/internal/eventlog"
	"github.com/rehearse-dev/rehearse/internal/report"
)

func simulateCheckCommand(s *streams) *cobra.Command {
	var f logFlags
	var format, output string
	c := &cobra.Command{
		Use:   "check LOG",
		Short: "Simulate a time that an event log has recorded, and compare",
		Long: `Check is to be asked before any what-if. It estimates a process from the cases of
an event log that came first, simulates the time of those that came last, and
compares how long cases took. The recorded cases pass where they could be one more
simulated log, or where simulated cycle times are within a tenth of their mean.
Otherwise the exit code is 4; with too few cases to say, 5.

LOG is ` + eventlog.Formats + `.
'eval discover' shows the process that is simulated.`,
		Example: join(s.program,
			"%s check loans.csv",
			"%s check loans.csv --against later.csv --format json"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			write, err := printer(s, format, output)
			if err != nil {
				return err
			}
			res, err := f.process(c, a[0])
			if err != nil {
				return err
			}
			if res.Check == nil {
				return withCode(ExitInconclusive, fmt.Errorf("%s: nothing is said: %s", a[0], res.Unchecked))
			}
			if err := write(report.ReplayCheck{Process: report.Process{Result: res}}); err != nil {
				return err
			}
			if res.Check.Verdict == discover.Off {
				return silently(ExitFailed)
			}
			return nil
		},
	}
	f.register(c)
	answerFlags(c.Flags(), &format, &output)
	return c
}
