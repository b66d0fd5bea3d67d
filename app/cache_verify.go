package app

import (
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

func cacheVerifyCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use:   "verify [FILE]",
		Short: "Find damage in the stored answers, or in a recording",
		Long: `Verify reads every stored answer and computes its key again from what was asked,
and of a model's answer its model and tokens from what came back. With a file it does the same for a
recording, whose first line says how many answers there are and what they hash
to. Damage ends with exit code 3, and every damaged answer is named.`,
		Example: join(s.program, "%s cache verify"),
		Args:    args(cobra.MaximumNArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			if len(a) == 1 {
				return verifyRecording(s.out, a[0])
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
			var errs []error
			for _, st := range stores {
				n, damaged, err := st.Verify(c.Context())
				switch {
				case err != nil:
					errs = append(errs, withCode(ExitInput, err))
				case len(damaged) > 0:
					for _, d := range damaged {
						fmt.Fprintln(s.err, d)
					}
					errs = append(errs, withCode(ExitInput, fmt.Errorf("%d of %s in %s are damaged: take the file back from a copy, or move it away and ask, and pay, again", len(damaged), count(n, "answer"), st.file)))
				default:
					fmt.Fprintf(s.out, "%s: %s, none damaged\n", st.file, count(n, "answer"))
				}
			}
			return errors.Join(errs...)
		},
	}
}

// verifyRecording reads a recording to its end.
func verifyRecording(w io.Writer, file string) error {
	f, err := regular.Open(file)
	if err != nil {
		return withCode(ExitInput, err)
	}
	defer f.Close()
	p, err := llm.ReadRecording(f, func(llm.Key, llm.Entry) error { return nil })
	if err != nil {
		return withCode(ExitInput, fmt.Errorf("%s: %w", relative(file), err))
	}
	_, err = fmt.Fprintf(w, "%s: %s, none damaged\n%s", relative(file), count(p.Answers, "answer"), provenance(p))
	return err
}
