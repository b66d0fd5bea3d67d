package app

import (
	"fmt"
	"runtime"

	"github.com/spf13/cobra"
)

func versionCommand(s *streams) *cobra.Command {
	return &cobra.Command{
		Use: "version", Short: "Print the program's version", Args: args(cobra.NoArgs),
		Example: join(s.program, "%s version"),
		RunE: func(*cobra.Command, []string) error {
			t := tool(projectRoot("."))
			_, err := fmt.Fprintf(s.out, "rehearse %s %s %s/%s\n", t.Version, t.Go, runtime.GOOS, runtime.GOARCH)
			return err
		},
	}
}
