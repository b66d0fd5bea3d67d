package traced

import (
	"math"
	"slices"
	"strings"
	"testing"
	"time"
)

// TestRates finds the rates of the hours in which cases come, in the zone
// that is asked for.
func TestRates(t *testing.T) {
	// Ten weeks: one case an hour, 8 to 18, Monday to Friday.
	var times []time.Time
	for at := time.Date(2025, time.January, 6, 0, 0, 0, 0, time.UTC); len(times) < 500; at = at.Add(time.Hour) {
		if at.Hour() >= 8 && at.Hour() < 18 && at.Weekday() >= time.Monday && at.Weekday() <= time.Friday {
			times = append(times, at)
		}
	}
	counts := slices.Repeat([]float64{1}, len(times))
	for _, c := range []struct {
		zone  string
		shift int
	}{{"UTC", 0}, {"Asia/Kolkata", 5}} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		week, err := Rates(times, counts, zone)
		if err != nil {
			t.Fatal(err)
		}
		for i, piece := range week {
			hour, day := i%24-c.shift, i/24
			want := 0.0
			if hour >= 8 && hour < 18 && day < 5 {
				want = 1
			}
			// The last weekend is not seen whole: it holds no cases either way.
			if math.Abs(piece.PerHour-want) > 1e-9 {
				t.Errorf("%s: day %d hour %d: %v cases an hour, want %v", c.zone, day, i%24, piece.PerHour, want)
			}
		}
	}
	if _, err := Rates(times[:3], counts[:3], time.UTC); err == nil || !strings.Contains(err.Error(), "it takes a week") {
		t.Error(err)
	}
	if _, err := Rates(nil, nil, time.UTC); err == nil || !strings.Contains(err.Error(), "names no time column") {
		t.Error(err)
	}
}
