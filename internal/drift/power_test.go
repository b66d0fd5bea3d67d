package drift

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"

	"github.com/rehearse-dev/rehearse/flow"
)

// plant is a shift that fresh cases have.
type plant struct {
	name  string
	cause string // how the likely cause begins
	// Labels tell of a shift that nothing else shows; the others are looked for
	// without, so that inputs alarm.
	labels bool
	share  float64 // more of a category
	mean   float64 // standard deviations that a number is larger by
	fax    float64 // share of a new category
	word   float64 // share of texts with a new word
	wrong  float64 // share of answers that are right no more
}

var plants = []plant{
	{name: "share: paper from 20 % to 35 %", cause: "channel: ", share: 0.15},
	{name: "mean: an amount by .3 standard deviations", cause: "amount: ", mean: 0.3},
	{name: "new category: 8 % of cases", cause: "channel: not in the baseline", fax: 0.08},
	{name: "new vocabulary: a word in 20 % of texts", cause: "text: ", word: 0.2},
	{name: "concept alone: accuracy from 90 % to 80 %", cause: "concept drift", wrong: 0.1, labels: true},
}

// draw draws cases of a world with six inputs and clusters of one.
func (p plant) draw(n int, seed uint64) *Sample {
	rng := rand.New(rand.NewPCG(seed, 55))
	s := newSample([]flow.Field{
		{Name: "amount", Type: flow.Type{Kind: flow.Number}},
		{Name: "lines", Type: flow.Type{Kind: flow.Integer}},
		{Name: "age", Type: flow.Type{Kind: flow.Number, Optional: true}},
		{Name: "channel", Type: flow.Type{Kind: flow.Enum}},
		{Name: "country", Type: flow.Type{Kind: flow.Enum}},
		{Name: "text", Type: flow.Type{Kind: flow.String}},
	}, []flow.Field{{Name: "decision", Type: flow.Type{Kind: flow.Enum}}})
	words := strings.Fields("invoice order delivery amount account supplier receipt credit number office payment terms total goods service hours month contract period charge")
	countries := []string{"DE", "AT", "CH", "FR"}
	for i := range n {
		r := row{id: fmt.Sprint(seed, "-", i), weight: 1, flags: measured | answered | stated}
		channel := "email"
		if u := rng.Float64(); u < p.fax {
			channel = "fax"
		} else if rng.Float64() < 0.2+p.share {
			channel = "paper"
		}
		var text []string
		for range 12 {
			text = append(text, words[rng.IntN(len(words))])
		}
		if rng.Float64() < p.word {
			text[rng.IntN(len(text))] = "cryptocurrency"
		}
		var age any
		if rng.Float64() > 0.05 {
			age = 40 + 12*rng.NormFloat64()
		}
		r.inputs = []any{100 + 20*(rng.NormFloat64()+p.mean), int64(rng.IntN(6)), age, channel, countries[min(rng.IntN(4), rng.IntN(4))], strings.Join(text, " ")}
		r.outcomes, r.labels = []any{[]any{"approve", "approve", "hold"}[rng.IntN(3)]}, []any{nil}
		r.confidence = 1 - 0.4*rng.Float64()*rng.Float64()
		r.set(escalated, rng.Float64() < 0.2)
		r.set(automated, r.flags&escalated == 0)
		r.set(broken, rng.Float64() < 0.05)
		yes := rng.Float64() < r.confidence && rng.Float64() >= p.wrong*10/9
		if p.labels {
			r.set(known, true)
			r.set(able, yes)
			r.set(judged, r.flags&automated != 0)
			r.set(right, r.flags&automated != 0 && yes)
		}
		s.take(&r)
	}
	s.seal()
	return s
}

// Power: how often a check of a week, at one false alarm a year, sees what was
// planted, and names it as the likely cause.
func TestPowerOnPlantedShifts(t *testing.T) {
	base := plant{labels: true}.draw(20_000, 1)
	for _, p := range plants {
		t.Run(p.name, func(t *testing.T) {
			for _, n := range powerCases {
				seen, named := 0, 0
				for i := range powerChecks {
					r, err := Check(t.Context(), base, p.draw(n, uint64(1000*n+i)), budget(t, 1, 52))
					if err != nil {
						t.Fatal(err)
					}
					if r.Verdict == Drift {
						seen++
						if strings.HasPrefix(r.Cause, p.cause) {
							named++
						}
					}
				}
				t.Logf("%d fresh cases: %d of %d checks saw it, %d named it", n, seen, powerChecks, named)
				if n >= 5000 && named < powerChecks {
					t.Errorf("%d of %d checks of %d cases named it, and all should", named, powerChecks, n)
				}
			}
		})
	}
}
