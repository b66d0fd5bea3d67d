package claims

import (
	"fmt"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// A holder has one policy, and claims under it now and then.
type holder struct {
	given, family, phone string
	street, town, code   string
	region               string
	party                string // who acts together: the holder, partners, or a ring
	policy               string // its number, as the books keep it
	product              string
	upgrade              string    // the fuller product that took its place
	upgraded             time.Time // when; zero for never
	excess, limit        int64
	since, lapsed        time.Time // lapsed is zero where it never did
	weight               int       // how often it claims, against others
	filed                []time.Time
	car                  string
	wordy                bool // adds what nobody asked
	dates                int  // the style in which it writes days
}

func (h *holder) address() string { return h.street + ", " + h.town + " " + h.code }

// motor says whether the policy is for a car.
func (h *holder) motor() bool { return strings.HasPrefix(h.product, "motor") }

// line is the class of business of the policy.
func (h *holder) line() string {
	if h.motor() {
		return "motor"
	}
	return "home"
}

// products and how common each is.
var products = []synth.Rate[string]{
	synth.Move("motor_basic", 5, 5, 5),
	synth.Move("motor_fire_theft", 8, 8, 8),
	synth.Move("motor_full", 46, 46, 46),
	synth.Move("home_contents", 8, 8, 8),
	synth.Move("home_buildings", 10, 10, 10),
	synth.Move("home_full", 14, 14, 14),
	synth.Move("home_plus", 9, 9, 9),
}

// cover is what each product covers.
var cover = map[string][]string{
	"motor_basic":      {},
	"motor_fire_theft": {"car_theft"},
	"motor_full":       {"collision", "glass", "car_theft", "storm", "vandalism"},
	"home_contents":    {"burglary"},
	"home_buildings":   {"water", "storm"},
	"home_full":        {"water", "storm", "burglary"},
	"home_plus":        {"water", "storm", "burglary", "accidental"},
}

// lines are the perils that a claim under a motor or home policy may be about.
var lines = map[string][]string{
	"motor": {"collision", "glass", "car_theft", "storm", "vandalism"},
	"home":  {"water", "storm", "burglary", "accidental"},
}

var (
	places = []struct{ town, code, region string }{
		{"Wexcombe", "QX1", "city"}, {"Wexcombe North", "QX4", "city"}, {"Harrowby Cross", "QX9", "city"},
		{"Saltmarsh Bay", "XZ2", "coast"}, {"Port Ansel", "XZ5", "coast"}, {"Little Cray", "XZ7", "coast"},
		{"Oldmere", "ZQ1", "north"}, {"Thornley Fell", "ZQ3", "north"}, {"Brackenridge", "ZQ6", "north"},
		{"Millhaven", "ZX2", "valley"}, {"Upper Dene", "ZX4", "valley"}, {"Dene St Mary", "ZX8", "valley"},
	}
	placeWeights = []float64{16, 12, 8, 10, 9, 4, 11, 5, 6, 9, 6, 4}
	roads        = []string{"Mill Road", "Station Way", "High Street", "Chapel Lane", "Orchard Close", "Quay Street", "Victoria Terrace", "Fell View", "Kiln Lane", "Market Row", "Beech Avenue", "Weir Walk", "Old Dock Road", "Priory Gardens"}
	cars         = []string{"a blue hatchback", "a silver estate", "my white van", "a black saloon", "a red supermini", "a grey SUV", "a green estate car", "an electric hatchback"}
)

// newHolder makes up a holder whose policy began at since; of any product,
// where none is given.
func (w *world) newHolder(since time.Time, product string) *holder {
	n := w.serial
	w.serial++
	d := synth.NewDraw(w.seed, "holder", n)
	h := &holder{since: since.Truncate(24 * time.Hour), product: product, weight: max(1, min(12, int(d.LogNormal(3, 0.7))))}
	language := "en"
	if d.Bool(0.12) {
		language = synth.Pick(d, []string{"de", "fr", "nl", "es"})
	}
	h.given, h.family = synth.Person(d, language)
	p := places[d.Index(placeWeights)]
	h.street, h.town, h.region = fmt.Sprintf("%d %s", d.Int(1, 140), synth.Pick(d, roads)), p.town, p.region
	h.code = fmt.Sprintf("%s %d%s", p.code, d.Int(1, 9), synth.Pick(d, []string{"AB", "DL", "HN", "RS", "TU", "WY"}))
	h.phone = newPhone(d)
	h.policy = fmt.Sprintf("%07d", (n*7_368_787+1_204_331)%10_000_000) // a bijection: no number is given twice
	h.party = fmt.Sprintf("P-%05d", (n*48_611+10_007)%100_000)
	if product == "" {
		h.product = synth.DrawAt(d, synth.YearStart, products)
	}
	if h.motor() {
		h.excess, h.limit = synth.Favour(d, []int64{25_000, 35_000, 50_000, 15_000}), 3_000_000
	} else {
		h.excess, h.limit = synth.Favour(d, []int64{20_000, 10_000, 35_000}), synth.Favour(d, []int64{4_000_000, 7_500_000, 250_000})
	}
	h.car = synth.Pick(d, cars)
	h.wordy = d.Bool(0.4)
	h.dates = d.Int(0, len(lossStyles)-1)
	return h
}

// newPhone is a number in an area code that is given to nobody.
func newPhone(d synth.Draw) string { return "0400 " + d.Digits(6) }

// people makes the holders that claim now and then: partners share a phone and
// an address, and a broker's customers are reached through the broker.
func (w *world) people() {
	d := synth.NewDraw(w.seed, "people")
	brokers := make([]string, 5)
	for i := range brokers {
		brokers[i] = newPhone(d)
	}
	var previous *holder
	for range holders {
		h := w.newHolder(synth.YearStart.AddDate(0, 0, -d.Int(-200, 2500)), "")
		switch {
		case previous != nil && d.Bool(0.14):
			h.phone, h.street, h.town, h.code, h.region = previous.phone, previous.street, previous.town, previous.code, previous.region
			h.family, h.party = previous.family, previous.party
		case d.Bool(0.06):
			h.phone = synth.Favour(d, brokers)
		}
		if d.Bool(0.05) {
			h.upgrade, h.upgraded = "home_plus", h.since.AddDate(0, 0, d.Int(60, 900))
			if h.motor() {
				h.upgrade = "motor_full"
			}
		}
		previous = h
		for range h.weight {
			w.pool = append(w.pool, h)
		}
		w.holders = append(w.holders, h)
	}
}

// productAt is the product of the policy on a day.
func (h *holder) productAt(t time.Time) string {
	if !h.upgraded.IsZero() && !t.Before(h.upgraded) {
		return h.upgrade
	}
	return h.product
}

// inForce says whether the policy held on a day.
func (h *holder) inForce(t time.Time) bool {
	return !t.Before(h.since) && (h.lapsed.IsZero() || t.Before(h.lapsed))
}
