package opsim

import (
	"context"
	"fmt"
	"math"
	"strings"
	"testing"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

// byReason is a run whose cases are hard, three in ten, or easy. as-is gives all
// to the clerks, rules the hard ones alone, and slow takes twice as long over those.
func byReason(t *testing.T, cases int) *Profile {
	t.Helper()
	b := NewProfileBuilder("r1", []string{"as-is", "rules", "slow"})
	for i := range cases {
		reason, minutes := "easy", 10.0
		if i%10 < 3 {
			reason, minutes = "hard", 40
		}
		for _, design := range []string{"as-is", "rules", "slow"} {
			tr := &flow.Trial{Design: design, Index: int64(i), Time: monday.Add(time.Duration(i) * time.Hour), Weight: 1, Status: flow.Escalated, Team: "clerks", Reason: reason}
			work := Work{Minutes: minutes, Known: true}
			if design != "as-is" && reason == "easy" {
				tr.Status, tr.Team, tr.Reason, work = flow.Automated, "", "", Work{}
			}
			if design == "slow" {
				work.Minutes *= 2
			}
			b.Add(tr, work)
		}
	}
	p, err := b.Profile()
	if err != nil {
		t.Fatal(err)
	}
	return p
}

const promisedByReason = "run: latest\narrivals: {per_hour: 4}\nteams: {clerks: {people: 3}}\nservice_level: {turnaround: 2h, share: 0.9, of: {hard: {turnaround: 1h, share: 0.8}, easy: {wait: 10m, share: 0.7}}}\nweeks: 4\nreplications: 10\n"

// TestCompareByKind wants what is promised of kinds to be compared beside what is
// promised of all, and nothing to be said of a kind that a design does not have.
func TestCompareByKind(t *testing.T) {
	res, err := Compare(context.Background(), read(t, office(), promisedByReason), byReason(t, 400), "as-is", 2)
	if err != nil {
		t.Fatal(err)
	}
	var measures []string
	by := map[string]Difference{}
	for _, d := range res.Candidates[0].Differences {
		measures = append(measures, d.Measure)
		by[d.Measure+"/"+d.Kind] = d
	}
	if got := strings.Join(measures[:4], ", "); got != "service level, service level of easy, service level of hard, mean turnaround" &&
		got != "service level, service level of hard, service level of easy, mean turnaround" {
		t.Errorf("measures %s", got)
	}
	kept := func(design int, kind string) float64 {
		for _, k := range res.Designs[design].KeptByKind {
			if k.Kind == kind {
				return k.Kept.Estimate.Value
			}
		}
		return math.NaN()
	}
	hard := by["service level of hard/hard"]
	if want := kept(1, "hard") - kept(0, "hard"); math.Abs(hard.Paired.Estimate.Value-want) > 1e-9 || hard.Verdict != Better {
		t.Errorf("hard cases: %+v, want a difference of %v", hard, want)
	}
	if easy := by["service level of easy/easy"]; easy.Paired.Estimate.Valid || easy.Verdict != CannotTell || easy.Why != `no case is of the kind "easy" under both designs` {
		t.Errorf("easy cases, which rules does not have: %+v", easy)
	}
	for _, d := range res.Candidates[1].Differences {
		if d.Kind == "hard" && d.Verdict != Worse {
			t.Errorf("twice the work on hard cases: %+v", d)
		}
	}
}

// TestUncertainByKind wants the uncertainty of the cases for every kind that
// something is promised of, around the kind's own figure.
func TestUncertainByKind(t *testing.T) {
	sc := read(t, office(), promisedByReason)
	d := uncertain(t, sc, byReason(t, 200), 2).Designs[0]
	if len(d.Inputs.KeptByKind) != 2 {
		t.Fatalf("%+v", d.Inputs.KeptByKind)
	}
	for _, in := range d.Inputs.KeptByKind {
		for _, k := range d.KeptByKind {
			if k.Kind != in.Kind {
				continue
			}
			if iv := in.Kept; iv.Estimate != k.Kept.Estimate || iv.Lower < 0 || iv.Upper > 1 || iv.Width() <= 0 || iv.Lower > k.Kept.Estimate.Value || iv.Upper < k.Kept.Estimate.Value {
				t.Errorf("%s: %+v beside %+v", k.Kind, iv, k.Kept)
			}
		}
	}
	if a, b := fmt.Sprint(d.Inputs.KeptByKind), fmt.Sprint(uncertain(t, sc, byReason(t, 200), 1).Designs[0].Inputs.KeptByKind); a != b {
		t.Errorf("one worker: %s, two: %s", b, a)
	}
}
