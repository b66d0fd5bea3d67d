package discover

import (
	"encoding/json"
	"fmt"
	"math"
	"testing"
	"time"

	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/internal/eventlog"
)

// Whatever a log holds, a process comes of it: figures that add up, and that JSON
// can hold.
func TestAnyLog(t *testing.T) {
	zones := []*time.Location{time.UTC}
	for _, name := range []string{"Europe/Berlin", "America/New_York", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, zone)
	}
	rapid.Check(t, func(t *rapid.T) {
		l := &eventlog.Log{Path: "any.csv", Zone: rapid.SampledFrom(zones).Draw(t, "zone"), Starts: rapid.Bool().Draw(t, "starts")}
		activities, people := rapid.IntRange(1, 6).Draw(t, "activities"), rapid.IntRange(0, 4).Draw(t, "people")
		for a := range activities {
			l.Activities = append(l.Activities, fmt.Sprint("act", a))
		}
		for p := range people {
			l.Resources = append(l.Resources, fmt.Sprint("person ", p))
		}
		unit := rapid.SampledFrom([]int64{1, int64(time.Second), int64(time.Hour), 24 * int64(time.Hour)}).Draw(t, "unit")
		base := time.Date(2025, 3, 20, 0, 0, 0, 0, time.UTC).UnixNano()
		for c := range rapid.IntRange(1, 60).Draw(t, "cases") {
			l.Cases = append(l.Cases, fmt.Sprint("c", c))
			at := base + rapid.Int64Range(0, 60*24*60).Draw(t, "came")*int64(time.Minute)
			for range rapid.IntRange(1, 6).Draw(t, "events") {
				at += rapid.Int64Range(0, 30).Draw(t, "gap") * unit
				e := eventlog.Event{Case: int32(c), Activity: int32(rapid.IntRange(0, activities-1).Draw(t, "activity")), Resource: int32(rapid.IntRange(-1, people-1).Draw(t, "person")), Start: at, End: at}
				if l.Starts {
					e.End += rapid.Int64Range(0, 40).Draw(t, "takes") * unit
				}
				l.Events = append(l.Events, e)
			}
		}
		r, err := Run(t.Context(), l, Options{Replications: 2, Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := json.Marshal(r); err != nil {
			t.Fatal(err)
		}
		for _, f := range r.Propose("any") {
			if f.Text == "" {
				t.Fatalf("%s is empty", f.Path)
			}
		}
		leaving := map[string]float64{}
		for _, f := range r.Flows {
			leaving[f.From] += f.Share
		}
		for from, sum := range leaving {
			if math.Abs(sum-1) > 1e-9 {
				t.Fatalf("the shares of what leaves %q add up to %v", from, sum)
			}
		}
		variants := 0
		for _, v := range r.Variants {
			variants += v.Cases
		}
		if r.Ways <= shownVariants && variants != len(l.Cases) {
			t.Fatalf("%d cases in variants, want %d", variants, len(l.Cases))
		}
		for _, a := range r.Activities {
			w := a.Wait
			if math.Abs(w.Mean-w.Off-w.Busy-w.Unknown) > 1e-6 || w.Off < -1e-6 || w.Busy < -1e-6 || w.Unknown < -1e-6 {
				t.Fatalf("wait before %q: %+v", a.Name, w)
			}
			if a.Minutes.N > 0 && a.Minutes.P10 < 0 {
				t.Fatalf("minutes of %q: %+v", a.Name, a.Minutes)
			}
		}
	})
}
