package discover

import (
	"context"
	"fmt"
	"runtime"
	"time"

	"github.com/rehearse-dev/rehearse/internal/eventlog"
)

// Defaults of options.
const (
	DefaultGranule      = 60
	DefaultReplications = 20
)

// FewestReplications are those with which a check can find a process to be off: of
// fewer simulated logs with the real one, one is more than 1 - confidence.
const FewestReplications = 19

// Run discovers the process behind a log, and holds its simulation against the
// cases that came last.
func Run(ctx context.Context, l *eventlog.Log, o Options) (*Result, error) {
	if o.Granule == 0 {
		o.Granule = DefaultGranule
	}
	if o.Granule < 5 || 24*60%o.Granule != 0 {
		return nil, fmt.Errorf("a granule of %d minutes, want at least 5, and a day to be a multiple of it", o.Granule)
	}
	if o.Replications == 0 {
		o.Replications = DefaultReplications
	}
	if o.Workers == 0 {
		o.Workers = runtime.GOMAXPROCS(0)
	}
	settings := choices()[0]
	checked, err := check(ctx, l, o)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err == nil {
		settings = checked.Settings
	}
	r := estimate(l, l.Zone, o.Granule, settings).result()
	r.Check = checked
	if err != nil {
		r.Unchecked = err.Error()
	}
	return r, nil
}

// result says what a process looks like.
func (p *Process) result() *Result {
	l := p.log
	from, to := period(l)
	r := &Result{
		Log: l.Path, Columns: l.Columns, Zone: p.zone.String(), Starts: l.Starts, Left: l.Left,
		From: time.Unix(0, from).In(p.zone), To: time.Unix(0, to).In(p.zone),
		Cases: len(l.Cases), Events: len(l.Events), Calendar: p.all, process: p,
	}
	var cycles, work []float64
	for _, c := range p.cases {
		cycles = append(cycles, c.end-c.arrive)
		sum := 0.0
		for _, it := range c.items {
			sum += 60 * it.work
		}
		work = append(work, sum)
	}
	r.Cycle, r.Work = spread(cycles), spread(work)
	r.Activities = p.activities()
	r.Flows = p.flows()
	for a := range p.side {
		for b := a + 1; b < len(p.side); b++ {
			if p.side[a][b] {
				r.SideBySide = append(r.SideBySide, [2]string{l.Activities[a], l.Activities[b]})
			}
		}
	}
	r.Variants, r.Ways = p.variants()
	r.Loops = p.loops()
	r.Roles = p.roleResults()
	r.Handoffs, r.Pairs = p.handoffs()
	r.Arrivals = p.arrivalResult()
	for _, day := range r.Arrivals.PerHour {
		for _, n := range day {
			r.PerWeek += n
		}
	}
	r.Warnings = p.warnings()
	return r
}

// Fewer durations than these say little about how long an activity takes.
const fewForDurations = 300

// warnings say where the estimates are weaker than they look.
func (p *Process) warnings() []string {
	var out []string
	say := func(format string, a ...any) { out = append(out, fmt.Sprintf(format, a...)) }
	if !p.log.Starts {
		say("the log has no starts: work is taken to begin when the activity before has ended and its person is done with what they did before, so minutes of work are upper limits; those of a case's first activity are not known")
	}
	for _, left := range p.log.Left {
		if left.Rows == 1 {
			say("1 row is left out: %s, at %s", left.Why, left.First)
			continue
		}
		say("%d rows are left out: %s; the first at %s", left.Rows, left.Why, left.First)
	}
	nobody := 0
	for _, e := range p.log.Events {
		if e.Resource < 0 {
			nobody++
		}
	}
	if nobody > 0 {
		say("nobody is named at %d of %d events: those activities are simulated without queues where nobody ever does them", nobody, len(p.log.Events))
	}
	few, least := 0, 0
	for a := range p.byAct {
		if n := len(p.byAct[a]); n < fewForDurations {
			if few == 0 || n < least {
				least = n
			}
			few++
		}
	}
	if few > 0 {
		say("%d of %d activities have fewer than %d durations (the fewest: %d): queues that hang on them are uncertain", few, len(p.byAct), fewForDurations, least)
	}
	if p.seen.coarse {
		say("most times of the log lie on the edges of its calendar's granules: hours of work are no finer than that")
	}
	if p.overtime > 0 {
		say("%d activities went on outside the hours in which their people work", p.overtime)
	}
	if p.zone == time.UTC {
		say("hours are by the clock of UTC: with --zone they follow the clock, and its change in spring and autumn, of where people work")
	}
	return out
}
