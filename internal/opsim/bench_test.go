package opsim

import (
	"context"
	"fmt"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/des"
)

// BenchmarkMonth is four weeks of 10,000 cases each, resampled from 2,000
// replayed ones, three in ten for people in office hours: one replication.
func BenchmarkMonth(b *testing.B) {
	sc := read(b, office(), "run: latest\narrivals: {per_week: 10000}\nteams: {clerks: {people: 90, hours: {mon-fri: [08:00-18:00]}}}\nweeks: 4\nreplications: 2\n")
	pl, err := newPlan(sc, history(b, 2000))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pl.run(context.Background(), &pl.designs[1], rosterOf(sc), 1); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(40_000*float64(b.N)/b.Elapsed().Seconds(), "cases/s")
}

// BenchmarkStaff is the search for the smallest team.
func BenchmarkStaff(b *testing.B) {
	sc := read(b, office(), "run: latest\narrivals: {per_week: 10000}\nteams: {clerks: {people: 90, hours: {mon-fri: [08:00-18:00]}}}\nweeks: 4\nservice_level: {turnaround: 72h, share: 0.95}\n")
	p := history(b, 2000)
	for b.Loop() {
		if _, err := Staff(context.Background(), sc, p, 2); err != nil {
			b.Fatal(err)
		}
	}
}

// BenchmarkWorld is the scenario of the trust tests, with everything in it, for
// 50 weeks; an event is a change of a visit or a shift.
func BenchmarkWorld(b *testing.B) {
	pl := fullPlan(b, "weeks: 50\n")
	events := 0
	if _, err := pl.watched(context.Background(), &pl.designs[0], rosterOf(pl.sc), 1, func(des.Transition) { events++ }); err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pl.run(context.Background(), &pl.designs[0], rosterOf(pl.sc), 1); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(events)*float64(b.N)/b.Elapsed().Seconds(), "events/s")
}

// BenchmarkGrid is a hundred scenarios of a month with 40,000 cases, 20
// replications each, on all cores.
func BenchmarkGrid(b *testing.B) {
	p := history(b, 2000)
	for b.Loop() {
		for i := range 100 {
			sc := read(b, office(), fmt.Sprintf("run: latest\ndesigns: [rules]\narrivals: {per_week: 10000}\nteams: {clerks: {people: %d, hours: {mon-fri: [08:00-18:00]}}}\nweeks: 4\n", 70+i))
			pl, err := newPlan(sc, p)
			if err != nil {
				b.Fatal(err)
			}
			if _, err := pl.simulate(context.Background(), &pl.designs[1], rosterOf(sc), 2); err != nil {
				b.Fatal(err)
			}
		}
	}
}
