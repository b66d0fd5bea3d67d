package report

import (
	"bytes"
	"context"
	"io"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/opsim"
	"github.com/rehearse-dev/rehearse/internal/scenario"
)

// TestDrivers shows what drives a design: where one end overloads the desk there is
// no figure and no bar, and the rest is as it always was.
func TestDrivers(t *testing.T) {
	sc, problems := scenario.Parse("desk.yaml", []byte(`
scenario: desk
cases: {escalated: {desk: 1}}
arrivals: {per_hour: 10}
teams: {desk: {people: 4, minutes: {distribution: exponential, mean: 20}, wage: 30, error_rate: 0.1}}
error_cost: 60
assumed: ["desk: errors"]
service_level: {wait: 30m, share: 0.8}
weeks: 4
replications: 4
seed: 1
`), nil)
	if err := problems.Err(); err != nil {
		t.Fatal(err)
	}
	res, err := opsim.Simulate(context.Background(), sc, nil, 2)
	if err != nil {
		t.Fatal(err)
	}
	var before, page bytes.Buffer
	if err := (Operation{res}).Text(&before, TextOptions{}); err != nil {
		t.Fatal(err)
	}
	if strings.Contains(before.String(), "what drives it") {
		t.Error("what was not asked is shown")
	}
	if err := opsim.Drivers(context.Background(), sc, nil, res, 2); err != nil {
		t.Fatal(err)
	}
	shown := Operation{res}.driversOf(&res.Designs[0])
	golden(t, "drivers.txt", func(w io.Writer) error {
		return document{title: "desk", tables: []table{shown}}.text(w, TextOptions{})
	})
	if err := (Operation{res}).HTML(&page); err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"what drives it", "service level, in points", "desk overloaded", "desk: errors"} {
		if !strings.Contains(page.String(), want) {
			t.Errorf("the page lacks %q", want)
		}
	}
	if n := len(shown.panels[0].Rows); n != len(shown.rows)-2 { // volume and minutes overload the desk
		t.Errorf("%d bars for %d quantities", n, len(shown.rows))
	}
}
