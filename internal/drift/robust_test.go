package drift

import (
	"fmt"
	"math/rand/v2"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
)

// Cases of a cluster are alike, in all that a check looks at: without drift it
// must not find any more often than without clusters.
func TestClustersRaiseNoFalseAlarms(t *testing.T) {
	draw := func(n, size int, seed uint64) *Sample {
		rng := rand.New(rand.NewPCG(seed, 9))
		s := newSample([]flow.Field{
			{Name: "amount", Type: flow.Type{Kind: flow.Number}},
			{Name: "channel", Type: flow.Type{Kind: flow.Enum}},
		}, nil)
		var amount float64
		var channel string
		var r row
		for i := range n {
			if i%size == 0 {
				amount, channel = rng.NormFloat64(), []string{"a", "b", "c"}[rng.IntN(3)]
				r.flags = measured | known
				r.set(escalated, rng.Float64() < 0.3)
				r.set(able, rng.Float64() < 0.8)
			}
			r.id, r.cluster, r.weight = fmt.Sprint(seed, "-", i), fmt.Sprint(seed, "c", i/size), 1
			r.inputs = []any{amount + 0.01*rng.NormFloat64(), channel}
			s.take(&r)
		}
		s.seal()
		return s
	}
	const checks = 100
	for _, row := range []struct {
		why   string
		blind bool // to the clusters
		most  int  // of 100 checks at a level of .1; three standard errors above 10 is 19
		least int
	}{
		{"clusters are honoured", false, 19, 0},
		{"taken as independent, the same cases alarm most times", true, checks, 50},
	} {
		moved := 0
		for i := range uint64(checks) {
			base, fresh := draw(2000, 5, 2*i+1), draw(400, 5, 2*i+2)
			if row.blind {
				base.cluster, fresh.cluster, base.groups, fresh.groups = nil, nil, base.held(), fresh.held()
			}
			r, err := Check(t.Context(), base, fresh, budget(t, 1, 10))
			if err != nil {
				t.Fatal(err)
			}
			least := 1.0
			for _, s := range r.Signals {
				least = min(least, s.Adjust.Or(1))
			}
			if least <= r.Alpha {
				moved++
			}
		}
		if moved > row.most || moved < row.least {
			t.Errorf("%s: %d of %d checks found something, want %d to %d", row.why, moved, checks, row.least, row.most)
		}
	}
}

// A sample that was drawn with unequal chances, as a review queue is, compares
// by its weights like the population that it stands for.
func TestWeightsStandForThePopulation(t *testing.T) {
	population := func(n int, seed uint64, shift float64, queue bool) *Sample {
		rng := rand.New(rand.NewPCG(seed, 11))
		s := newSample([]flow.Field{
			{Name: "amount", Type: flow.Type{Kind: flow.Number}},
			{Name: "channel", Type: flow.Type{Kind: flow.Enum}},
			{Name: "text", Type: flow.Type{Kind: flow.String}},
		}, nil)
		words := []string{"invoice", "order", "delivery", "credit", "account", "office", "supplier", "payment"}
		for i := range n {
			hard := rng.Float64() < 0.2
			r := row{id: fmt.Sprint(seed, "-", i), weight: 1, flags: measured | known}
			amount, channel := rng.NormFloat64()+shift, "easy"
			text := fmt.Sprint(words[rng.IntN(8)], " ", words[rng.IntN(8)], " ", words[rng.IntN(8)], " ", rng.Uint64())
			if hard {
				amount, channel, text = amount+2, "hard", text+" urgent"
			}
			r.inputs = []any{amount, channel, text}
			r.set(escalated, hard && rng.Float64() < 0.8)
			r.set(able, !hard || rng.Float64() < 0.5)
			if queue && !hard { // one in five of the easy ones is looked at
				if r.weight = 5; rng.Float64() >= 0.2 {
					continue
				}
			}
			s.take(&r)
		}
		s.seal()
		return s
	}
	base := population(8000, 1, 0, false)
	for _, row := range []struct {
		why     string
		shift   float64
		weights bool
		drift   bool
	}{
		{"the same population, by weights", 0, true, false},
		{"weights forgotten, the queue's choice looks like drift", 0, false, true},
		{"a shift is still seen", 0.6, true, true},
	} {
		fresh := population(4000, 2, row.shift, true)
		if !row.weights {
			fresh.weights = nil
		}
		r, err := Check(t.Context(), base, fresh, budget(t, 1, 52))
		if err != nil {
			t.Fatal(err)
		}
		seen := false
		for _, s := range r.Signals {
			seen = seen || s.Moved
		}
		if seen != row.drift {
			t.Errorf("%s: moved %v (%s), want %v", row.why, seen, r.Why, row.drift)
		}
	}
}

// Of more cases than are held, those with the smallest hashes are, whatever the
// order.
func TestHalvingKeepsTheSameCases(t *testing.T) {
	make := func(order []int) *Sample {
		s := newSample([]flow.Field{{Name: "n", Type: flow.Type{Kind: flow.Number}}}, nil)
		for _, i := range order {
			s.take(&row{id: fmt.Sprint(i), weight: 1, flags: measured, inputs: []any{float64(i)}})
			if s.held() == 700 {
				s.halve()
			}
		}
		s.seal()
		return s
	}
	order := rand.New(rand.NewPCG(1, 1)).Perm(2000)
	up := make(order)
	sum := 0.0
	for _, x := range up.Inputs[0].numbers {
		sum += x
	}
	if up.held() >= 700 || up.held() < 300 || up.Cases != 2000 || sum == 0 {
		t.Fatalf("%d of %d held", up.held(), up.Cases)
	}
	for i, x := range up.Inputs[0].numbers {
		if mix(hash(fmt.Sprint(int(x)))) != up.ids[i] {
			t.Fatalf("case %d has another's value %v", i, x)
		}
	}
	rand.New(rand.NewPCG(2, 2)).Shuffle(len(order), func(i, j int) { order[i], order[j] = order[j], order[i] })
	if again := make(order); again.held() != up.held() || shared(up, again) != up.held() {
		t.Errorf("another order holds %d cases, %d of them the same", again.held(), shared(up, again))
	}
}
