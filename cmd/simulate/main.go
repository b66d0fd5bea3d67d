// Command simulate shows how the designs of an AI workflow behave in
// operation: arrivals, queues, teams of people and the service level, with
// cases as eval replayed them.
package main

import (
	"os"

	"github.com/rehearse-dev/rehearse/app"
)

func main() {
	os.Exit(app.Simulate(app.Builtin(), os.Args, os.Stdin, os.Stdout, os.Stderr))
}
