package opsim

import (
	"context"
	"math"
	"reflect"
	"slices"
	"strings"
	"testing"
)

// driven is a desk with a little of everything that can be moved.
const driven = `
cases:
  kinds: {fraud: 0.1, claim: {share: 0.7, wrong: 0.05}, question: 0.2}
  escalated: {desk: 0.6}
  services: [llm]
arrivals: {per_hour: 6, growth: 0.01, bursts: [{every: 7d, lasts: 2h, factor: 3}]}
teams:
  desk:
    people: [{name: Ana, error_rate: 0.1, absence: 0.02}, {people: 4, absence: 0.1}]
    minutes: {fraud: 30, claim: {distribution: lognormal, mean: 15, scv: 1}, question: {distribution: uniform, from: 2, to: 6}}
    wage: 30
    patience: {distribution: weibull, mean: 3d, scv: 2}
    room: 200
    turned_away: {back: 0.9, after: 4h}
    then: {desk: 0.5, experts: 0.4}
    outages: [{every: {distribution: exponential, mean: 200h}, lasts: 1h}]
    other_work: {phone: {per_hour: 1, minutes: 5}}
  experts: {people: unlimited, minutes: 40}
services: {llm: {latency: 10s, failures: 0.1, retry: {attempts: 3, wait: 2s}}}
error_cost: 60
wait_cost: 2/h
service_level: {turnaround: 4h, share: 0.8}
weeks: 3
replications: 4
`

// TestQuantities moves every quantity: by 1 it is as it was, at its ends it is not,
// and the scenario that it was copied from stays as it was.
func TestQuantities(t *testing.T) {
	sc, same := read(t, nil, driven), read(t, nil, driven)
	names := map[string]bool{}
	for _, q := range quantities(sc) {
		if names[q.name] {
			t.Errorf("%s is there twice", q.name)
		}
		names[q.name] = true
		for _, x := range q.ends {
			moved := copied(sc)
			q.set(moved, x)
			if as := reflect.DeepEqual(moved, same); as != (x == 0) { // people are all alike as it is
				t.Errorf("%s at %v: as it was is %v", q.name, x, as)
			}
			if _, err := newPlan(moved, nil); err != nil {
				t.Errorf("%s at %v: %v", q.name, x, err)
			}
		}
		if q.span == asideInWords {
			moved := copied(sc)
			q.set(moved, 1)
			if !reflect.DeepEqual(moved, same) {
				t.Errorf("%s, moved by 1, is another", q.name)
			}
		}
		if !reflect.DeepEqual(sc, same) {
			t.Fatalf("%s moves the scenario that it was copied from", q.name)
		}
	}
	for _, want := range []string{
		"volume", "growth", "bursts", "cases that people get", "cases decided wrongly without people", "desk: speed of people", "desk: absence", "desk: errors",
		"desk: minutes a case, claim", "desk: patience", "desk: cases turned away", "desk: cases that go on", "desk: outages", "desk: other work",
		"experts: minutes a case", "llm: time of an attempt", "llm: failures", "cost of waiting", "cost of an error",
	} {
		if !names[want] {
			t.Errorf("%s is not moved", want)
		}
	}
	back := copied(sc)
	timesShares(back.Teams[0].Then, 1.2, mostShare)
	if sum := back.Teams[0].Then[0].Share + back.Teams[0].Then[1].Share; math.Abs(sum-mostShare) > 1e-12 {
		t.Errorf("%v of the cases go on, want at most %v", sum, mostShare)
	}
}

// TestDrivers holds what quantities do against what follows from them.
func TestDrivers(t *testing.T) {
	text := `
cases: {escalated: {desk: 1}}
arrivals: {per_hour: 10}
teams: {desk: {people: 4, minutes: {distribution: exponential, mean: 20}, wage: 30, error_rate: 0.1}}
error_cost: 60
wait_cost: 6/h
assumed: ["desk: errors"]
service_level: {wait: 30m, share: 0.8}
weeks: 6
replications: 6
`
	sc := read(t, nil, text)
	res, err := Simulate(context.Background(), sc, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := Drivers(context.Background(), sc, nil, res, 2); err != nil {
		t.Fatal(err)
	}
	d := res.Designs[0].Drivers
	find := func(name string) Driver {
		i := slices.IndexFunc(d, func(d Driver) bool { return d.Quantity == name })
		if i < 0 {
			t.Fatalf("%s is no driver of %+v", name, d)
		}
		return d[i]
	}
	errors, waiting, minutes := find("desk: errors"), find("cost of waiting"), find("desk: minutes a case")
	if errors.How != Assumed || waiting.How != Stated || find("desk: speed of people").How != Assumed {
		t.Errorf("how they are known: %+v", d)
	}
	// A tenth of the cases costs 60: a fifth more or less of it is 1.20.
	for end, want := range map[*DriverEnd]float64{&errors.Low: -1.2, &errors.High: 1.2} {
		if got := end.Cost; math.Abs(got.Estimate.Value-want) > 0.1 || got.Lower > want || want > got.Upper {
			t.Errorf("errors change the cost by %+v, want %v", got, want)
		}
		if end.Kept.Estimate.Value != 0 {
			t.Errorf("errors change the service level by %v", end.Kept.Estimate)
		}
	}
	if low, high := waiting.Low.Cost.Estimate.Value, waiting.High.Cost.Estimate.Value; !(high > 0) || math.Abs(low+high) > 1e-9 {
		t.Errorf("the cost of waiting changes the cost by %v and %v", low, high)
	}
	// Four people do twelve cases an hour in twenty minutes each, and ten in twenty-four:
	// as many as come.
	if d[0].Quantity != "volume" && d[0].Quantity != "desk: minutes a case" || !slices.Equal(minutes.High.Overloaded, []string{"desk"}) || minutes.High.Cost != nil || !(minutes.Low.Kept.Estimate.Value > 0) {
		t.Errorf("minutes: %+v, first %s", minutes, d[0].Quantity)
	}
	for i, x := range d {
		if i > 0 && x.swing(keptChange) > d[i-1].swing(keptChange) {
			t.Errorf("%s moves more than %s before it", x.Quantity, d[i-1].Quantity)
		}
	}
	if over := read(t, nil, strings.Replace(text, "people: 4", "people: 3", 1)); true {
		res, err := Simulate(context.Background(), over, nil, 2)
		if err != nil {
			t.Fatal(err)
		}
		if err := Drivers(context.Background(), over, nil, res, 2); err != nil || res.Designs[0].Drivers != nil {
			t.Errorf("a design that overloads the desk has drivers %v (%v)", res.Designs[0].Drivers, err)
		}
	}
}
