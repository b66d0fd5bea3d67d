package page

import (
	"math"
	"slices"
	"strconv"
	"testing"

	"pgregory.net/rapid"
)

func TestAxis(t *testing.T) {
	for _, row := range []struct {
		why   string
		scale Scale
		want  []string
	}{
		{"shares", Scale{0, 1}, []string{"0", "0.2", "0.4", "0.6", "0.8", "1"}},
		{"a step of a quarter of ten", Scale{0, 12}, []string{"0", "2.5", "5", "7.5", "10"}},
		{"thousands", Scale{0, 25000}, []string{"0", "5000", "10000", "15000", "20000", "25000"}},
		{"from below zero", Scale{-8, 2}, []string{"-8", "-6", "-4", "-2", "0", "2"}},
		{"ends that are not round have no tick", Scale{0.13, 0.87}, []string{"0.2", "0.4", "0.6", "0.8"}},
		{"nothing to scale", Scale{3, 3}, nil},
		{"no end", Scale{0, math.Inf(1)}, nil},
	} {
		var got []string
		for _, tick := range row.scale.Axis("", func(x float64) string { return strconv.FormatFloat(math.Round(x*1e6)/1e6, 'f', -1, 64) }).Ticks {
			got = append(got, tick.Text)
		}
		if !slices.Equal(got, row.want) {
			t.Errorf("%s: %q, want %q", row.why, got, row.want)
		}
	}
}

// Every scale has ticks, few enough to be read, in order and on the chart.
func TestAxisTicks(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		from := rapid.Float64Range(-1e9, 1e9).Draw(t, "from")
		width := math.Pow(10, rapid.Float64Range(-3, 9).Draw(t, "width"))
		ticks := Scale{from, from + width}.Axis("", func(float64) string { return "" }).Ticks
		if len(ticks) < 2 || len(ticks) > 6 {
			t.Fatalf("%d ticks", len(ticks))
		}
		for i, tick := range ticks {
			if tick.At < 0 || tick.At > 1 || i > 0 && tick.At <= ticks[i-1].At {
				t.Fatalf("ticks at %v", ticks)
			}
		}
	})
}

func TestBand(t *testing.T) {
	s := Series{
		Points: []Point{{0, 0.5}, {1, 0.5}},
		Low:    []Point{{0, 0.25}, {1, 0.25}}, High: []Point{{0, 0.75}, {1, 1}},
	}
	if got, want := s.Line(), "0,500 1000,500"; got != want {
		t.Errorf("line %q, want %q", got, want)
	}
	if got, want := s.Band(), "0,750 1000,750 1000,0 0,250"; got != want {
		t.Errorf("band %q, want it around: %q", got, want)
	}
	if got := (Series{Points: s.Points}).Band(); got != "" {
		t.Errorf("a line without interval has the band %q", got)
	}
}
