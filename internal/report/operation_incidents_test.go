package report

import (
	"context"
	"io"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// storm has an outage that a service does not recover from, and no deadline; the
// desk's has one, and is recovered from.
const storm = `
scenario: storm
cases: {escalated: {desk: 0.1}, services: [llm]}
arrivals: {per_hour: 84}
teams: {desk: {people: 2, minutes: 6, outages: [{at: 2026-01-07T10:00:00Z, lasts: 2h}]}}
services:
  llm: {latency: 5m, concurrency: 10, timeout: 15m, retry: {attempts: 6, wait: 25m}, outages: [{at: 2026-01-09T10:00:00Z, lasts: 150m}]}
start: 2026-01-05
weeks: 1
replications: 3
`

func TestIncidents(t *testing.T) {
	sc, problems := scenario.Parse("storm.yaml", []byte(storm), nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	res, err := opsim.Simulate(context.Background(), sc, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	if err := opsim.Incidents(context.Background(), sc, nil, res, 2); err != nil {
		t.Fatal(err)
	}
	golden(t, "operation-incidents.txt", func(w io.Writer) error { return Operation{res}.Text(w, TextOptions{}) })
}
