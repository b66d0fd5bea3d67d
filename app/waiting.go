package app

import (
	"context"
	"errors"
	"fmt"
	"os"
	"time"

	"github.com/vbauerster/mpb/v8"
	"github.com/vbauerster/mpb/v8/decor"

	"github.com/rehearse-dev/rehearse/internal/opsim"
)

// simulated has a question answered while a terminal shows what is being
// simulated; elsewhere nothing is shown. An answer is made of all of its
// simulations, so an interrupt says what is lost.
func simulated(ctx context.Context, s *streams, ask func(context.Context) (printable, error)) (printable, error) {
	p, start := new(opsim.Progress), time.Now()
	hide := func() {}
	if isTerminal(s.err) && os.Getenv("NO_COLOR") == "" && os.Getenv("CI") == "" {
		shown := mpb.New(mpb.WithOutput(s.err), mpb.WithWidth(1), mpb.WithRefreshRate(120*time.Millisecond))
		bar := shown.New(0, mpb.SpinnerStyle(), mpb.AppendDecorators(decor.Any(func(decor.Statistics) string {
			return " " + simulatedSoFar(p, time.Since(start))
		})), mpb.BarRemoveOnComplete())
		hide = func() {
			bar.Abort(true)
			shown.Wait()
		}
	}
	found, err := ask(opsim.WithProgress(ctx, p))
	hide()
	if errors.Is(err, context.Canceled) {
		lost := "nothing was simulated yet"
		if n := p.Replications(); n > 0 {
			lost = fmt.Sprintf("%d simulated replications with %d cases are lost", n, p.Cases())
		}
		return nil, withCode(ExitInterrupted, fmt.Errorf("interrupted: nothing is printed or written; %s", lost))
	}
	return found, err
}

// simulatedSoFar is a line that says how far an answer got. How much is left
// is not known: a search ends where it finds.
func simulatedSoFar(p *opsim.Progress, since time.Duration) string {
	text := fmt.Sprintf("%d replications, %d cases, %v", p.Replications(), p.Cases(), since.Round(time.Second))
	if stage := p.Stage(); stage != "" {
		text = shown(stage) + ": " + text
	}
	return text
}
