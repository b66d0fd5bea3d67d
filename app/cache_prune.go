package app

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/report"
)

func cachePruneCommand(s *streams) *cobra.Command {
	var older, model string
	var unused, yes bool
	c := &cobra.Command{
		Use:   "prune",
		Short: "Remove stored answers: old ones, those of a model, those that no run uses",
		Long: `Prune says which stored answers it would remove, and removes them with --yes.
They are those that all given conditions hold for: answers of models, and those
of programs and databases unless --model is given. What is removed would have to
be paid for again. An answer is used by the runs that lie in reports/runs; those
of runs elsewhere count as unused.`,
		Example: join(s.program,
			"%s cache prune --older 90d            # says what it would remove",
			"%s cache prune --unused --older 90d --yes",
			"%s cache prune --model small-2024 --yes"),
		Args: args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			if older == "" && model == "" && !unused {
				return withCode(ExitUsage, errors.New("which answers? give --older, --model or --unused"))
			}
			chosen := llm.Chosen{Asked: model, Unused: unused}
			if older != "" {
				d, err := age(older)
				if err != nil {
					return withCode(ExitUsage, fmt.Errorf("--older %w", err))
				}
				chosen.Before = time.Now().Add(-d)
			}
			stores, closeAll, err := openStores()
			if err != nil {
				return err
			}
			defer closeAll()
			if len(stores) == 0 {
				_, err := fmt.Fprintf(s.out, "%s holds none\n", relative(cacheFile()))
				return err
			}
			if unused {
				if chosen.Runs, err = keptRuns(); err != nil {
					return err
				}
			}
			for _, st := range stores {
				if model != "" && st.others {
					continue
				}
				n, bytes, err := st.Count(c.Context(), chosen)
				if err == nil && yes {
					n, err = st.Prune(c.Context(), chosen)
				}
				if err != nil {
					return err
				}
				if yes {
					fmt.Fprintf(s.out, "%s: removed %s\n", st.file, count(n, "answer"))
				} else {
					fmt.Fprintf(s.out, "%s: would remove %s (%s); --yes removes\n", st.file, count(n, "answer"), report.Size(bytes))
				}
			}
			return nil
		},
	}
	c.Flags().StringVar(&older, "older", "", "those stored longer ago than this `time`, such as 90d or 12h")
	c.Flags().StringVar(&model, "model", "", "those of the model that was asked for by this `name`")
	c.Flags().BoolVar(&unused, "unused", false, "those that no run in reports/runs used")
	c.Flags().BoolVar(&yes, "yes", false, "remove them, rather than say how many")
	return c
}
