package app

import (
	"os"
	"strings"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/models"
	"github.com/rehearse-dev/rehearse/internal/report"
)

func cacheStatsCommand(s *streams) *cobra.Command {
	var format, output string
	c := &cobra.Command{
		Use:   "stats",
		Short: "Say what is stored, by endpoint and model, with its tokens and money",
		Long: `Stats lists the stored answers by endpoint and model: how many, who answered,
how many no run in reports/runs used, tokens, what they cost at the prices of
models.yaml for calls of their own, and how long those took; and those of
programs and databases.`,
		Example: join(s.program, "%s cache stats", "%s cache stats --format json"),
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			show, err := printer(s, format, output)
			if err != nil {
				return err
			}
			catalog, problems := models.Load(projectRoot("."))
			if err := problems.Err(); err != nil {
				return err
			}
			out := report.Holdings{Cache: relative(cacheFile()), Models: []report.Holding{}}
			stores, closeAll, err := openStores()
			if err != nil {
				return err
			}
			defer closeAll()
			if len(stores) > 0 {
				runs, err := keptRuns()
				if err != nil {
					return err
				}
				out.Runs = len(runs)
				for _, st := range stores {
					found, err := st.Holdings(c.Context(), runs)
					if err != nil {
						return err
					}
					for _, h := range found {
						if st.others {
							out.Others = append(out.Others, h)
						} else {
							out.Models = append(out.Models, priced(h, catalog))
						}
					}
				}
			}
			return show(out)
		},
	}
	answerFlags(c.Flags(), &format, &output)
	return c
}

// priced adds what models.yaml says of a model.
func priced(h llm.Holding, catalog models.Catalog) report.Holding {
	out := report.Holding{Holding: h}
	for _, name := range catalog.Names() {
		m := catalog[name]
		e, err := m.Resolve(os.Getenv)
		if err != nil || strings.TrimRight(e.BaseURL, "/") != h.BaseURL || e.Model != h.Asked || e.AzureVersion != h.Version {
			continue
		}
		out.Name = name
		if m.Prices != nil {
			paid := m.Prices.PerToken().Of(h.Usage)
			out.Paid = &paid
		}
		break
	}
	return out
}
