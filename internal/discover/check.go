package discover

import (
	"context"
	"fmt"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/eventlog"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// heldShare is the share of the cases that came last, which a check keeps from
// what it estimates. Inside the rest the same share chooses the settings.
const heldShare = 0.2

// Fewest cases to estimate from and to hold against.
const (
	fewTrained = 30
	fewHeld    = 10
)

// confidence of intervals, and of the verdict of a check.
const confidence = 0.95

// Check holds simulated cases against later ones of the log itself, from which
// nothing was estimated.
type Check struct {
	Trained  int       `json:"trained"` // cases that were estimated from
	Held     int       `json:"held"`    // cases that came later
	From     time.Time `json:"from"`    // of the held cases
	To       time.Time `json:"to"`
	Settings Settings  `json:"settings"`
	Choices  []Choice  `json:"choices"`
	// Distance is the 1-Wasserstein distance, in hours, of the cycle times of a
	// simulated log to those that were held back: its mean over simulated logs.
	Distance stats.Interval `json:"distance_hours"`
	// Own is the distance of the cycle times that were estimated from to those that
	// were held back.
	Own float64 `json:"own_distance_hours"`
	// Chance is the mean distance of two simulated logs: what is left if the
	// simulation is right.
	Chance float64 `json:"chance_hours"`
	// P is the share of simulated logs, the real one included, that are as far from
	// the others as the real one or farther.
	P       float64  `json:"p"`
	Figures []Figure `json:"figures"`
	Open    int      `json:"open"` // simulated cases that were not done half a year after the longest recorded one would be
	// Verdict is "within chance", "near" or "off".
	Verdict string `json:"verdict"`
}

// Verdicts of a check.
const (
	WithinChance = "within chance" // the recorded cases could be one more simulated log
	Near         = "near"          // the distance is at most nearShare of the mean cycle time
	Off          = "off"
)

// tie is by how many hours distances may differ that are equal but for rounding.
const tie = 1e-9

// nearShare is how far from the recorded cycle times, in parts of their mean,
// simulated ones may be although chance does not explain it. With enough cases
// chance explains nothing: no model of a process is right.
const nearShare = 0.1

// Choice is one way to estimate, and how far its simulation is from the last
// cases of those that are estimated from, in hours.
type Choice struct {
	Settings
	Distance float64 `json:"distance_hours"`
}

// Figure is one figure of the cycle times, in hours.
type Figure struct {
	Name      string         `json:"name"`
	Trained   float64        `json:"trained"`
	Held      float64        `json:"held"`
	Simulated stats.Interval `json:"simulated"`
}

// Options say how a process is discovered.
type Options struct {
	Granule      int // minutes of the finest part of a calendar; it divides a day
	Replications int // simulated logs of a check
	Workers      int
	Seed         uint64
	// Against is a later log of the same process to be held against, in the place
	// of the last cases of the log itself.
	Against *eventlog.Log
}

// choices are the settings that are tried, the simpler before the others.
func choices() []Settings {
	var out []Settings
	for _, arrivals := range []string{DaysAgain, Poisson} {
		for _, hours := range []string{Role, Person} {
			for _, durations := range []string{Activity, Person} {
				for _, delays := range []bool{false, true} {
					out = append(out, Settings{arrivals, hours, durations, delays})
				}
			}
		}
	}
	return out
}

// cutLast divides a log by when cases came: those before, and the last of them.
func cutLast(l *eventlog.Log) (before, last *eventlog.Log) {
	var came []int64
	for _, events := range l.Of() {
		came = append(came, events[0].Start)
	}
	sorted := slices.Sorted(slices.Values(came))
	cut := sorted[int(float64(len(sorted))*(1-heldShare))]
	before = l.Keep(func(c int, _ []eventlog.Event) bool { return came[c] < cut })
	last = l.Keep(func(c int, _ []eventlog.Event) bool { return came[c] >= cut })
	return before, last
}

// choose tries all settings inside a log. The simplest of the nearest is taken.
func choose(ctx context.Context, l *eventlog.Log, o Options) (Settings, []Choice, error) {
	train, held := cutLast(l)
	if err := enough(train, held); err != nil {
		return Settings{}, nil, fmt.Errorf("to choose how to estimate, a fifth is held back once more: %w", err)
	}
	o.Replications = max(3, min(o.Replications, 1+enoughCases/len(held.Cases)))
	recorded := cycleTimes(held)
	networks := map[string]*network{} // by whose hours people have
	var out []Choice
	best := 0
	for i, s := range choices() {
		n := networks[s.Hours]
		if n == nil {
			var err error
			if n, err = estimate(train, train.Zone, o.Granule, s).newNetwork(); err != nil {
				return s, nil, err
			}
			networks[s.Hours] = n
		}
		n.p.settings = s
		logs, _, err := n.cycles(ctx, held, o)
		if err != nil {
			return s, nil, err
		}
		var distances des.Tally
		for _, x := range logs {
			distances.Add(Wasserstein(x, recorded))
		}
		out = append(out, Choice{s, distances.Mean()})
		if out[i].Distance < out[best].Distance-tie {
			best = i
		}
	}
	return out[best].Settings, out, nil
}

// enoughCases are simulated to try one of the settings, whatever the number of
// replications: more would not tell them apart any better.
const enoughCases = 10_000

func enough(train, held *eventlog.Log) error {
	if len(train.Cases) < fewTrained || len(held.Cases) < fewHeld {
		return fmt.Errorf("%d cases to estimate from and %d later ones to hold it against, and it takes %d and %d", len(train.Cases), len(held.Cases), fewTrained, fewHeld)
	}
	return nil
}

// cycles simulates the time of a later log: the cycle times of every simulated log,
// in order, and the cases that were never done.
func (n *network) cycles(ctx context.Context, held *eventlog.Log, o Options) ([][]float64, int, error) {
	from, _ := period(held)
	logs, open, err := n.replicate(ctx, n.p.at(from), len(held.Cases), o.Replications, o.Workers, o.Seed)
	out := make([][]float64, len(logs))
	for i, cases := range logs {
		if len(cases) == 0 {
			return nil, 0, fmt.Errorf("no simulated case was done within %.0f days: people cannot keep up", n.p.patience()/24)
		}
		for _, c := range cases {
			out[i] = append(out[i], c.end-c.arrive)
		}
		slices.Sort(out[i])
	}
	return out, open, err
}

// check holds a log's simulation against its last cases, or against a later log.
func check(ctx context.Context, l *eventlog.Log, o Options) (*Check, error) {
	train, held := l, o.Against
	if held == nil {
		train, held = cutLast(l)
	}
	if err := enough(train, held); err != nil {
		return nil, err
	}
	settings, tried, err := choose(ctx, train, o)
	if err != nil {
		return nil, err
	}
	n, err := estimate(train, train.Zone, o.Granule, settings).newNetwork()
	if err != nil {
		return nil, err
	}
	logs, open, err := n.cycles(ctx, held, o)
	if err != nil {
		return nil, err
	}
	from, to := period(held)
	c := &Check{
		Trained: len(train.Cases), Held: len(held.Cases),
		From: time.Unix(0, from).In(l.Zone), To: time.Unix(0, to).In(l.Zone),
		Settings: settings, Choices: tried, Open: open,
	}
	c.judge(logs, cycleTimes(train), cycleTimes(held))
	return c, nil
}

// judge compares the cycle times of simulated logs with those that were held.
func (c *Check) judge(logs [][]float64, trained, held []float64) {
	between := make([][]float64, len(logs))
	for i := range logs {
		between[i] = make([]float64, len(logs))
		for j := range i {
			between[i][j] = Wasserstein(logs[i], logs[j])
			between[j][i] = between[i][j]
		}
	}
	var to []float64
	var chance des.Tally
	for i := range logs {
		to = append(to, Wasserstein(logs[i], held))
		for j := range i {
			chance.Add(between[i][j])
		}
	}
	c.Distance, c.Own, c.Chance = overLogs(to), Wasserstein(trained, held), chance.Mean()
	// The real log among the simulated ones: how many are as far from the others?
	as := 1
	for i := range logs {
		var others des.Tally
		for j := range logs {
			if j != i {
				others.Add(between[i][j])
			}
		}
		if others.Mean() >= c.Distance.Estimate.Value-tie {
			as++
		}
	}
	c.P = float64(as) / float64(len(logs)+1)
	switch {
	case c.P > 1-confidence:
		c.Verdict = WithinChance
	case c.Distance.Estimate.Value <= nearShare*mean(held):
		c.Verdict = Near
	default:
		c.Verdict = Off
	}
	for _, f := range []struct {
		name string
		of   func([]float64) float64
	}{{"mean", mean}, {"median", at(0.5)}, {"p90", at(0.9)}, {"p95", at(0.95)}} {
		var values []float64
		for _, x := range logs {
			values = append(values, f.of(x))
		}
		c.Figures = append(c.Figures, Figure{f.name, f.of(trained), f.of(held), overLogs(values)})
	}
}

// overLogs is the mean over simulated logs with its t interval.
func overLogs(values []float64) stats.Interval {
	t := des.TInterval(values, confidence)
	return stats.Interval{Estimate: stats.Num(t.Mean), Lower: t.Low, Upper: t.High, Level: confidence, Method: "t"}
}

// cycleTimes are from the first start to the last end of every case, in hours.
func cycleTimes(l *eventlog.Log) []float64 {
	out := make([]float64, 0, len(l.Cases))
	for _, events := range l.Of() {
		first, last := events[0].Start, events[0].End
		for _, e := range events {
			last = max(last, e.End)
		}
		out = append(out, float64(last-first)/float64(time.Hour))
	}
	return out
}

// period is from the first start to the last end.
func period(l *eventlog.Log) (from, to int64) {
	from, to = l.Events[0].Start, l.Events[0].End
	for _, e := range l.Events {
		from, to = min(from, e.Start), max(to, e.End)
	}
	return from, to
}
