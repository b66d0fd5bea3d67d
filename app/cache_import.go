package app

import (
	"fmt"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

func cacheImportCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "import FILE...",
		Short: "Take the answers of recordings into those of this project",
		Long: `Import verifies a recording and stores the answers that are not stored yet. Where
another answer is stored under a key, it stays, and the conflict is named. A file
that was changed or cut off is refused whole, with exit code 3.`,
		Example: join(s.program, "%s cache import recordings/demo.jsonl.zst"),
		Args:    args(cobra.MinimumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			for _, file := range a { // nothing is made for a file that is none
				if f, err := regular.Open(file); err != nil {
					return withCode(ExitInput, err)
				} else {
					f.Close()
				}
			}
			cache, err := llm.OpenCache(cacheFile())
			if err != nil {
				return err
			}
			defer cache.Close()
			for _, file := range a {
				p, t, err := take(cache, file)
				if err != nil {
					return err
				}
				fmt.Fprintf(s.out, "%s: %d new, %d stored already, %s\n%s", relative(file), t.Added, t.There, count(len(t.Conflicts), "conflict"), provenance(p))
				for i, k := range t.Conflicts {
					if i == namedCases {
						fmt.Fprintf(s.out, "  and %d more\n", len(t.Conflicts)-i)
						break
					}
					fmt.Fprintf(s.out, "  conflict %s: the answer that was stored before stays\n", k)
				}
			}
			return nil
		},
	}
}

// take imports one recording.
func take(cache *llm.Cache, file string) (*llm.Provenance, llm.Taken, error) {
	f, err := regular.Open(file)
	if err != nil {
		return nil, llm.Taken{}, withCode(ExitInput, err)
	}
	defer f.Close()
	p, t, err := cache.Import(f)
	if err != nil {
		return nil, t, withCode(ExitInput, fmt.Errorf("%s: %w", relative(file), err))
	}
	return p, t, nil
}
