package app

import (
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/llm"
)

func cacheBatchesCommand(s *streams) *cobra.Command {
	var forget string
	c := &cobra.Command{
		Use:   "batches",
		Short: "List the batches that were asked and not collected",
		Long: `Batches lists what was asked in batches (batch: true in models.yaml) and is not
collected. Each run that needs one of their answers waits for them in place of
asking again.

--forget drops one, so that its questions are asked again: for a batch that is
gone at the endpoint. The endpoint is not told.`,
		Example: join(s.program, "%s cache batches"),
		Args:    args(cobra.NoArgs),
		RunE: func(c *cobra.Command, _ []string) error {
			cache, err := openCache()
			if err != nil {
				return err
			}
			if cache == nil && forget == "" {
				_, err := fmt.Fprintf(s.out, "%s holds none\n", relative(cacheFile()))
				return err
			}
			if cache != nil {
				defer cache.Close()
			}
			if forget != "" {
				return forgetBatch(c, s, cache, forget)
			}
			all, err := cache.PendingBatches(c.Context())
			if err != nil {
				return err
			}
			for _, b := range all {
				state := "under way as " + b.Name
				if b.Name == "" {
					state = "being begun, or left when it was: the next run finds out"
				}
				fmt.Fprintf(s.out, "%s  %s  model %q at %s  asked %s  %s\n", b.Token, count(b.Questions, "question"), b.Asked, b.BaseURL, b.Time.Format(time.RFC3339), state)
			}
			if len(all) == 0 {
				fmt.Fprintln(s.out, "no batch is under way")
			}
			return nil
		},
	}
	c.Flags().StringVar(&forget, "forget", "", "drop the batch of this `token`")
	return c
}

func forgetBatch(c *cobra.Command, s *streams, cache *llm.Cache, token string) error {
	gone := false
	if cache != nil {
		var err error
		if gone, err = cache.ForgetBatch(c.Context(), token); err != nil {
			return err
		}
	}
	if !gone {
		return withCode(ExitInput, fmt.Errorf("no batch %q is under way: '%s cache batches' lists them", token, s.program))
	}
	_, err := fmt.Fprintf(s.out, "forgot %s: its questions are asked again where they are needed\n", token)
	return err
}
