package opsim

import (
	"bytes"
	"context"
	"encoding/json"
	"math"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// sample is a run of so many cases whose work is exponential: each is for the
// clerks, for a mean of 20 minutes.
func sample(t *testing.T, cases int, seed uint64) *Profile {
	t.Helper()
	b := NewProfileBuilder("r1", []string{"as-is"})
	d := des.NewDraws(seed, 0).For(0, 0)
	for i := range cases {
		b.Add(&flow.Trial{Design: "as-is", Index: int64(i), Weight: 1, Status: flow.Escalated, Team: "clerks"}, Work{Minutes: d.Exp(20), Known: true})
	}
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const clerksAtWork = "run: latest\narrivals: {per_hour: 3}\nteams: {clerks: {people: 2}}\nweeks: 2\nreplications: 4\n"

func uncertain(t *testing.T, sc *scenario.Scenario, p *Profile, workers int) *Result {
	t.Helper()
	res := simulate(t, sc, p)
	if err := Uncertain(context.Background(), sc, p, res, workers); err != nil {
		t.Fatal(err)
	}
	return res
}

// TestUncertain wants the range over samples to hold the mean work that the
// cases were drawn from, about as often as it says, to narrow with more cases,
// and to be the same at any number of workers.
func TestUncertain(t *testing.T) {
	sc := read(t, office(), clerksAtWork)
	held, width := 0, 0.0
	const experiments = 25
	for seed := range uint64(experiments) {
		in := uncertain(t, sc, sample(t, 100, seed), 2).Designs[0].Inputs
		if in.Minutes.Lower <= 20 && 20 <= in.Minutes.Upper {
			held++
		}
		width += in.Minutes.Width() / experiments
	}
	if held < 20 {
		t.Errorf("%d of %d ranges hold the mean of what the cases were drawn from, want about 23", held, experiments)
	}
	if want := 2 * 1.96 * 20 / math.Sqrt(100); math.Abs(width-want) > 0.2*want {
		t.Errorf("ranges are %v wide, want about %v", width, want)
	}
	p := sample(t, 1600, 1)
	one, eight := uncertain(t, sc, p, 1), uncertain(t, sc, p, 8)
	if w := one.Designs[0].Inputs.Minutes.Width(); w > width/3 {
		t.Errorf("with 16 times the cases the range is %v wide, was %v", w, width)
	}
	a, err1 := json.Marshal(one)
	b, err2 := json.Marshal(eight)
	if err1 != nil || err2 != nil || !bytes.Equal(a, b) {
		t.Errorf("eight workers give other bytes than one (%v, %v)", err1, err2)
	}
}

// TestUncertainOverload says in how many draws of the cases a team that is
// nearly overloaded would be.
func TestUncertainOverload(t *testing.T) {
	sc := read(t, office(), clerksAtWork)
	p := sample(t, 100, 2)
	hours := 0.0
	for _, e := range p.Designs[0].entries {
		hours += e.hours / 100
	}
	sc.Arrivals.Week[0].PerHour = 0.97 * 2 / hours
	d := uncertain(t, sc, p, 2).Designs[0]
	if in := d.Inputs; in.Overloaded == 0 || in.Overloaded == in.Resamples || d.Turnaround == nil || !math.IsInf(in.Turnaround.Upper, 1) {
		t.Errorf("%+v", in)
	}
}
