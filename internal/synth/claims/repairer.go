package claims

import (
	"fmt"
	"math"
	"time"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

// A job is one kind of work on the price list.
type job struct {
	code, peril, part, name string
	list                    int64 // in hundredths, at the start of 2025; 0 where each has its own price
	free                    bool  // no excess is taken
	motor                   bool
}

// jobs are the main items of estimates. part is what the account of the loss
// has to be about, too.
var jobs = []job{
	{"110", "collision", "front", "Front bumper, replace and paint", 64_000, false, true},
	{"112", "collision", "front", "Bonnet and grille", 118_000, false, true},
	{"115", "collision", "front", "Front end, chassis alignment", 290_000, false, true},
	{"120", "collision", "rear", "Rear bumper, replace and paint", 61_000, false, true},
	{"122", "collision", "rear", "Tailgate, replace", 135_000, false, true},
	{"130", "collision", "side", "Door skin, nearside", 82_000, false, true},
	{"132", "collision", "side", "Wing and sill, repair", 104_000, false, true},
	{"301", "glass", "chip", "Windscreen, chip repair", 7_900, true, true},
	{"302", "glass", "windscreen", "Windscreen, replace and calibrate", 52_000, false, true},
	{"304", "glass", "side", "Side window, replace", 31_000, false, true},
	{"400", "car_theft", "car", "Market value before loss", 0, false, true},
	{"150", "storm", "bodywork", "Hail dents, panel work", 112_000, false, true},
	{"152", "storm", "carroof", "Car roof, tree impact", 186_000, false, true},
	{"160", "vandalism", "paint", "Key scratches, respray panels", 74_000, false, true},
	{"162", "vandalism", "mirror", "Door mirror and wiring", 38_000, false, true},
	{"510", "water", "kitchen", "Kitchen units and floor, strip and refit", 168_000, false, false},
	{"512", "water", "bathroom", "Bathroom floor, dry and relay", 124_000, false, false},
	{"514", "water", "ceiling", "Ceiling, replaster and paint", 86_000, false, false},
	{"520", "storm", "roof", "Roof tiles and flashing", 98_000, false, false},
	{"522", "storm", "fence", "Boundary wall, rebuild", 76_000, false, false},
	{"600", "burglary", "goods", "Stolen goods, as listed", 0, false, false},
	{"530", "burglary", "door", "Door and frame after forced entry", 69_000, false, false},
	{"610", "accidental", "screen", "Television, replace", 58_000, false, false},
	{"612", "accidental", "carpet", "Carpet, replace", 47_000, false, false},
	{"614", "accidental", "hob", "Ceramic hob, replace", 42_000, false, false},
}

// listRises are when the price list went up, and by how much in all since 2025.
var listRises = []struct {
	from   time.Time
	factor float64
}{
	{time.Date(2024, 1, 1, 0, 0, 0, 0, time.UTC), 1},
	{time.Date(2025, 7, 1, 0, 0, 0, 0, time.UTC), 1.04},
	{time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC), 1.09},
}

// listPrice is the price of the job on the list of a day.
func (j job) listPrice(t time.Time) int64 {
	factor := 1.0
	for _, r := range listRises {
		if !t.Before(r.from) {
			factor = r.factor
		}
	}
	return synth.Share(j.list, factor)
}

// above is how much dearer than the list the main job may be.
const above = 1.25

// A repairer quotes for work.
type repairer struct {
	id, name, trade, town string
	taxID                 string
	level                 float64 // its prices against the list
	weight                float64
	codes                 bool // prints job codes
	layout                string
	number                synth.NumberStyle
	watched               time.Time // when the company put it on its watch list; zero for never
}

// trades are who does the jobs of each peril.
var trades = map[string]string{
	"collision": "body", "glass": "glass", "car_theft": "body", "vandalism": "body", "storm": "",
	"water": "build", "burglary": "build", "accidental": "shop",
}

func tradeOf(peril string, motor bool) string {
	if t := trades[peril]; t != "" {
		return t
	}
	if motor {
		return "body"
	}
	return "build"
}

var tradeNames = map[string][]string{
	"body":  {"Motors", "Body & Paint", "Accident Repair", "Coachworks", "Autobody"},
	"glass": {"Autoglass", "Windscreens", "Screen Care"},
	"build": {"Builders", "Property Repair", "Restoration", "& Sons", "Building Services"},
	"shop":  {"Electrical", "Home Store", "Carpets & Floors", "Appliances"},
}

var tradeCount = map[string]int{"body": 34, "glass": 8, "build": 28, "shop": 12}

// workshops makes the repairers; of each trade the first has most of the work.
func (w *world) workshops() {
	seen := map[string]bool{}
	for _, trade := range []string{"body", "glass", "build", "shop"} {
		for rank := range tradeCount[trade] {
			r := w.newRepairer(trade, seen)
			r.weight = 1 / math.Pow(float64(rank+1), 0.8)
		}
	}
}

func (w *world) newRepairer(trade string, seen map[string]bool) *repairer {
	n := len(w.repairers)
	d := synth.NewDraw(w.seed, "repairer", n)
	place := places[d.Index(placeWeights)]
	r := &repairer{
		id: fmt.Sprintf("R-%04d", (n*3_917+411)%10_000), trade: trade, town: place.town,
		taxID: synth.TaxID(d, "GB"), level: d.Float(0.88, 1.08), codes: d.Bool(0.88),
		layout: estimateNames[d.Index(estimateWeights)],
		number: synth.Favour(d, []synth.NumberStyle{synth.CommaPoint, synth.PlainPoint}),
	}
	for r.name == "" || seen[r.name] {
		r.name = synth.Pick(d, append([]string{place.town}, synth.FamilyNames["en"]...)) + " " + synth.Pick(d, tradeNames[trade])
	}
	seen[r.name] = true
	w.repairers = append(w.repairers, r)
	return r
}

// repairerFor draws who quotes for a job.
func (w *world) repairerFor(d synth.Draw, trade string) *repairer {
	weights := make([]float64, len(w.repairers))
	for i, r := range w.repairers {
		if r.trade == trade {
			weights[i] = r.weight
		}
	}
	return w.repairers[d.Index(weights)]
}
