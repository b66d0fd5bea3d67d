package opsim

import (
	"context"
	"testing"
)

// BenchmarkMonth is four weeks of 10,000 cases each, resampled from 2,000
// replayed ones, three in ten for people in office hours: one replication.
func BenchmarkMonth(b *testing.B) {
	sc := scenario(b, office(), "run: latest\narrivals: {per_week: 10000}\nteams: {clerks: {people: 90, hours: {mon-fri: [08:00-18:00]}}}\nweeks: 4\nreplications: 2\n")
	pl, err := newPlan(sc, history(b, 2000))
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	for b.Loop() {
		if _, err := pl.run(&pl.designs[1], sc.people(), 1); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(40_000*float64(b.N)/b.Elapsed().Seconds(), "cases/s")
}

// BenchmarkStaff is the search for the smallest team.
func BenchmarkStaff(b *testing.B) {
	sc := scenario(b, office(), "run: latest\narrivals: {per_week: 10000}\nteams: {clerks: {people: 90, hours: {mon-fri: [08:00-18:00]}}}\nweeks: 4\nservice_level: {turnaround: 72h, share: 0.95}\n")
	p := history(b, 2000)
	for b.Loop() {
		if _, err := Staff(context.Background(), sc, p, 2); err != nil {
			b.Fatal(err)
		}
	}
}
