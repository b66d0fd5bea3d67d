package stress

import (
	"math"
	"math/rand/v2"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
)

// came is what is known to come of a case.
type came struct {
	decision string // "" where nothing is decided
	by       string // the design, a team, or "" for nobody
	minutes  float64
}

// TestKnownEffects holds what is printed against what is known of every case: who
// decides it, and how.
func TestKnownEffects(t *testing.T) {
	const n = 300
	flips := func(x *scene, step, right string) string {
		if other := x.flip(step, right); other != "" {
			return other
		}
		return right
	}
	lost := func(draw func(*scene) bool, without came) func(*scene, worldCase) came {
		return func(x *scene, c worldCase) came {
			if draw(x) {
				return without
			}
			return came{c.code, "design", 0}
		}
	}
	hits := func(purpose string) func(*scene) bool { return func(x *scene) bool { return x.hits(purpose) } }
	for _, row := range []struct {
		why       string
		steps     string
		fault     string
		strengths []float64
		came      func(x *scene, c worldCase) came
	}{
		{"a field that is gone makes wrong what hangs on it", plain, "missing-fields", []float64{0.1, 0.5, 1}, lost(hits("code"), came{"none", "design", 0})},
		{"a look-up that finds nothing, and nobody is asked", trusting, "empty-lookups", []float64{0.1, 0.5, 1}, lost(hits("book#0"), came{"none", "design", 0})},
		{"a look-up that fails, and nobody is asked", trusting, "timeouts", []float64{0.1, 0.5, 1}, lost(hits("book#0"), came{"", "", 0})},
		{"a system that is down for a part of the cases", trusting, "outage:erp", []float64{0.1, 0.5, 1}, lost((*scene).within, came{"", "", 0})},
		{"a document that is not found, and nobody is asked", searching, "missed-documents", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			return lost(hits("search#0:"+c.code+".md"), came{"none", "design", 0})(x, c)
		}},
		{"a search that finds nothing", searching, "empty-lookups", []float64{0.1, 0.5, 1}, lost(hits("search#0"), came{"none", "design", 0})},
		{"people who are asked know", looking, "empty-lookups", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			return lost(hits("book#0"), came{c.label, "desk", 5})(x, c)
		}},
		{"also where the look-up fails", looking, "rate-limits", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			return lost(hits("book#0"), came{c.label, "desk", 5})(x, c)
		}},
		{"people at the end who decide otherwise", asIs, "flips", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came { return came{flips(x, "", c.label), "desk", 5} }},
		{"people at the end who are away work on nothing", asIs, "absent", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			if x.away("desk") {
				return came{}
			}
			return came{c.label, "desk", 5}
		}},
		{"people at the end who are slow", asIs, "slower", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came { return came{c.label, "desk", 5 * (1 + x.strength)} }},
		{"people in the middle who decide otherwise", between, "flips", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came { return came{flips(x, "look", c.label), "desk", 5} }},
		{"people in the middle who are away work on nothing", between, "absent", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			if x.away("desk") {
				return came{}
			}
			return came{c.label, "desk", 5}
		}},
		{"people in the middle who are slow", between, "slower", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came { return came{c.label, "desk", 5 * (1 + x.strength)} }},
		{"people who confirm, and decide otherwise", copilot, "flips", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came { return came{flips(x, "look", c.label), "desk", 5} }},
		{"two teams err each by itself, and a third settles it", fourEyes, "flips", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			one, two := flips(x, "left", c.label), flips(x, "right", c.label)
			if one == two {
				return came{one, "desk", 15}
			}
			return came{flips(x, "", c.label), "chiefs", 35}
		}},
		{"who is away hands on to who may be away", fourEyes, "absent", []float64{0.1, 0.5, 1}, func(x *scene, c worldCase) came {
			switch desk, board := x.away("desk"), x.away("board"); {
			case desk && board:
				return came{}
			case desk:
				return came{c.label, "board", 10}
			case board:
				return came{"", "", 5}
			}
			return came{c.label, "desk", 15}
		}},
	} {
		t.Run(row.fault+" "+row.why, func(t *testing.T) {
			cases := coded(n, 0.2, rand.New(rand.NewPCG(1, 1)))
			job, r := world(t, t.TempDir(), row.steps, cases)
			got := under(t, job, r, row.fault, row.strengths...)
			for i, s := range row.strengths {
				l := &got.Levels[i]
				right, broken, silent, decided, minutes := 0, 0, 0, 0, 0.0
				for k, c := range cases {
					x := &scene{fault: &Fault{Name: row.fault}, seed: 1, workflow: job.Workflow, c: &flow.Case{ID: c.id}, place: float64(k) / n}
					clean := row.came(x, c)
					x.strength = s
					under := row.came(x, c)
					minutes += under.minutes
					if under.by != "" && under.by != "design" {
						decided++
					}
					if under.decision == c.label {
						right++
					} else if clean.decision == c.label {
						broken++
						if under.by == "design" {
							silent++
						}
					}
				}
				if l.Broken.X != broken || l.NewSilent.X != silent {
					t.Errorf("at %v: %d broken, %d silently, want %d and %d", s, l.Broken.X, l.NewSilent.X, broken, silent)
				}
				same(t, "accuracy", s, l.Figures.Accuracy.Estimate.Value, float64(right)/n)
				same(t, "decided by people", s, l.Figures.Escalated.Estimate.Value, float64(decided)/n)
				same(t, "minutes", s, l.Figures.Minutes.Estimate.Value, minutes/n)
				if l.Turned > 0 && row.steps == looking && l.Asked.X != l.Turned {
					t.Errorf("at %v: asked for help in %d of %d", s, l.Asked.X, l.Turned)
				}
			}
		})
	}
}

func same(t *testing.T, what string, strength, got, want float64) {
	t.Helper()
	if math.Abs(got-want) > 1e-9 {
		t.Errorf("at %v: %s %v, want %v", strength, what, got, want)
	}
}
