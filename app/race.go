package app

import (
	"context"
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"github.com/rehearse-dev/rehearse/engine"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/race"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

// raceFlags say whether a run is a race, and by what.
type raceFlags struct {
	on       bool
	chance   float64
	stopWhen string
}

func (f *raceFlags) add(flags *pflag.FlagSet) {
	flags.BoolVar(&f.on, "race", false, "cases in random order; designs that another has beaten drop out")
	flags.Float64Var(&f.chance, "race-error", 0.05, "the best design drops out with at most this `probability`")
	flags.StringVar(&f.stopWhen, "stop-when", "", "decided: end a race when one design is left")
}

// Chances of error that a race is held to.
const leastRaceError, mostRaceError = 1e-6, 0.5

func (f *raceFlags) check(flags *pflag.FlagSet, resumed bool) error {
	given := flags.Changed("stop-when") || flags.Changed("race-error")
	switch {
	case resumed && (f.on || given):
		return withCode(ExitUsage, errors.New("--resume goes on with a race as it was started: leave out --race, --race-error and --stop-when"))
	case f.on && flags.Changed("recall"):
		return withCode(ExitUsage, errors.New("--recall goes through the cases in the dataset's order, and --race in random order: take one of them"))
	case given && !f.on:
		return withCode(ExitUsage, errors.New("--stop-when and --race-error are of a race: add --race"))
	case f.stopWhen != "" && f.stopWhen != race.Decided:
		return withCode(ExitUsage, fmt.Errorf("--stop-when %q: want %s", f.stopWhen, race.Decided))
	case !(f.chance >= leastRaceError && f.chance <= mostRaceError):
		return withCode(ExitUsage, fmt.Errorf("--race-error takes probabilities from %v to %v, as 0.05", leastRaceError, mostRaceError))
	}
	return nil
}

// start begins a race of the header's designs over so many cases.
func (f *raceFlags) start(h *record.Header, w *design.Workflow, card *dataset.Card, cases int64) (*race.Race, error) {
	if len(h.Designs) < 2 {
		return nil, withCode(ExitUsage, fmt.Errorf("a race takes two designs or more, and this run has %q alone", h.Designs[0].Name))
	}
	return race.New(h, w, card, f.chance, f.stopWhen, cases)
}

// enter makes a job a race.
func enter(job *replay.Job, r *race.Race) {
	job.Race, job.Request.WantLabels = r, true
	job.After = func(context.Context, []*engine.Runner) error {
		r.Finish()
		return nil
	}
}
