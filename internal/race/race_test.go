package race

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/replay"
)

// begin starts a race of so many designs, which stops when it is decided.
func begin(t *testing.T, designs, repeats int, cluster string, of int64) (*Race, *record.Header) {
	t.Helper()
	h := &record.Header{Seed: 1, Repeats: repeats}
	for i := range designs {
		h.Designs = append(h.Designs, record.Design{Name: fmt.Sprint("d", i)})
	}
	r, err := New(h, &design.Workflow{Outcome: flow.NewSchema()}, &dataset.Card{Cluster: cluster}, 0.05, Decided, of)
	if err != nil {
		t.Fatal(err)
	}
	return r, h
}

// run replays cases as replay does: nobody learns in the middle of a round what
// it showed. Draw gives the cluster of a case and what every trial counts. It
// returns how many trials were replayed.
func run(r *Race, draw func(i int64) (string, []replay.Mark)) (trials int) {
	var running []bool
	for i := int64(0); i < r.record.Of; i++ {
		if i%replay.RoundCases == 0 {
			var over bool
			if running, over = r.Running(); over {
				break
			}
		}
		cluster, marks := draw(i)
		for d, on := range running {
			if !on {
				clear(marks[d*r.repeats : (d+1)*r.repeats])
				continue
			}
			trials += r.repeats
		}
		r.Add(&flow.Case{ID: fmt.Sprint(i), Cluster: cluster}, marks)
	}
	r.Finish()
	return trials
}

func mark(right bool) replay.Mark {
	if right {
		return replay.Mark{Value: 1, Known: true}
	}
	return replay.Mark{Known: true}
}

func TestRaceStopsWhenOneIsLeft(t *testing.T) {
	r, h := begin(t, 3, 1, "", 1000)
	rng := rand.New(rand.NewPCG(1, 1))
	run(r, func(int64) (string, []replay.Mark) {
		return "", []replay.Mark{mark(rng.Float64() < 0.9), mark(rng.Float64() < 0.5), mark(rng.Float64() < 0.6)}
	})
	got := h.Race.Result
	if !slices.Equal(got.Live, []string{"d0"}) || len(got.Dropped) != 2 || !got.Stopped {
		t.Errorf("got %+v", got)
	}
	for _, d := range got.Dropped {
		if d.Cases%replay.RoundCases != 0 || d.Cases >= 1000 || d.Wins <= d.Losses || d.Units > int(d.Cases) {
			t.Errorf("dropped %+v", d)
		}
	}
	if !h.CutShort("d0") || !h.CutShort("d1") {
		t.Error("a run that stopped cuts all its designs short")
	}
}

func TestRaceOfEqualDesignsGoesOn(t *testing.T) {
	r, h := begin(t, 2, 1, "", 500)
	run(r, func(i int64) (string, []replay.Mark) { return "", []replay.Mark{mark(i%3 > 0), mark(i%3 > 0)} })
	got := h.Race.Result
	if len(got.Live) != 2 || got.Stopped || len(got.Undecided) != 0 || got.Units != 500 {
		t.Errorf("got %+v", got)
	}
	if h.CutShort("d0") {
		t.Error("nothing was cut short")
	}
}

func TestUnits(t *testing.T) {
	for _, row := range []struct {
		why              string
		cluster          string
		repeats          int
		of               int64
		draw             func(i int64) (string, []replay.Mark)
		units, won, lost int
		difference       float64 // of d0 over d1
	}{
		{"the case is the unit; what is not known of both tells nothing", "", 1, 4,
			func(i int64) (string, []replay.Mark) {
				return "", [][]replay.Mark{{mark(true), mark(false)}, {mark(true), {}}, {{}, {}}, {mark(false), mark(false)}}[i]
			}, 2, 1, 0, 0.5},
		{"repeats are averaged first", "", 2, 2,
			func(i int64) (string, []replay.Mark) {
				return "", [][]replay.Mark{{mark(true), mark(false), mark(false), mark(false)}, {mark(true), {}, mark(true), mark(false)}}[i]
			}, 2, 2, 0, 0.5},
		{"a cluster counts once, by its mean difference, and the last one is whole", "customer", 1, 6,
			func(i int64) (string, []replay.Mark) {
				return []string{"a", "a", "a", "a", "b", "b"}[i], []replay.Mark{mark(i != 1), mark(i == 1)}
			}, 2, 2, 0, 0.75},
		{"a cluster that tells of one design only is none", "customer", 1, 3,
			func(i int64) (string, []replay.Mark) {
				return []string{"a", "a", "b"}[i], []replay.Mark{mark(false), {Value: 1, Known: i == 2}}
			}, 1, 0, 1, -1},
	} {
		t.Run(row.why, func(t *testing.T) {
			r, h := begin(t, 2, row.repeats, row.cluster, row.of)
			run(r, row.draw)
			l := r.stats.Lead(0, 1)
			if h.Race.Result.Units != row.units || l.Wins != row.won || l.Losses != row.lost || l.Mean.Value != row.difference {
				t.Errorf("%d units, lead %+v; want %+v", h.Race.Result.Units, l, row)
			}
		})
	}
}

func TestRacesThatCannotBe(t *testing.T) {
	h := &record.Header{Repeats: 1, Designs: []record.Design{{Name: "a"}, {Name: "b"}}}
	w := &design.Workflow{Outcome: flow.NewSchema()}
	if _, err := New(h, w, &dataset.Card{File: "dataset.yaml", Weight: "w"}, 0.05, "", 10); err == nil {
		t.Error("cases with weights are raced")
	}
	h.Designs = h.Designs[:1]
	if _, err := New(h, w, &dataset.Card{}, 0.05, "", 10); err == nil {
		t.Error("a design races alone")
	}
}
