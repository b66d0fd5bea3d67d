// Command datasets writes the shipped demonstration data again: the cases
// below datasets/ and the reference tables below workflows/. It writes the
// same bytes on every run.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/internal/synth/claims"
	"github.com/rehearse-dev/rehearse/internal/synth/customers"
	"github.com/rehearse-dev/rehearse/internal/synth/invoice"
	"github.com/rehearse-dev/rehearse/internal/synth/onboarding"
)

func main() {
	out := flag.String("out", ".", "folder that holds datasets/ and workflows/, the repository's root")
	flag.Parse()
	for _, generate := range []func(root string) ([]string, error){
		invoice.Generate,
		claims.Generate,
		onboarding.Generate,
		customers.Generate,
	} {
		files, err := generate(*out)
		for _, f := range files {
			fmt.Println(filepath.Join(*out, f))
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, "datasets:", err)
			os.Exit(1)
		}
	}
}
