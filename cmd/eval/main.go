// Command eval rehearses AI workflows on their own history: it replays
// labelled cases through candidate designs, compares them, and says what each
// would have done.
package main

import (
	"os"

	"github.com/rehearse-dev/rehearse/app"
)

func main() {
	os.Exit(app.Eval(app.Builtin(), os.Args, os.Stdin, os.Stdout, os.Stderr))
}
