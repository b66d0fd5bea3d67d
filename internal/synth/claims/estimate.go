package claims

import (
	_ "embed"
	"fmt"
	"strings"
	"text/template"

	"github.com/rehearse-dev/rehearse/internal/synth"
)

//go:embed estimates.tmpl
var estimateText string

var estimates = template.Must(template.New("estimates").
	Funcs(template.FuncMap{"upper": strings.ToUpper}).Parse(estimateText))

// estimateNames are the layouts and how common each is among repairers.
var (
	estimateNames   = []string{"plain", "columns", "dotted", "letter", "fields", "handwritten"}
	estimateWeights = []float64{30, 22, 16, 14, 10, 8}
)

// A quotePage is what a layout prints: every value as the repairer writes it,
// empty where it prints none.
type quotePage struct {
	Name, Town, TaxID, Number, Date, For string
	Main, MainPrice                      string
	Extras                               []quoteLine
	Net, Tax, Total, Value               string
}

type quoteLine struct{ What, Price string }

// extraWork is what comes with a main job.
var extraWork = map[string][]string{
	"body":  {"Paint and materials", "Labour", "Courtesy car", "Calibration", "Clips and fixings"},
	"glass": {"Sealant kit", "Call-out"},
	"build": {"Drying and hire of equipment", "Labour", "Skip and disposal", "Electrician", "Making good"},
	"shop":  {"Delivery", "Fitting", "Disposal of the old one"},
}

// writeEstimate lays out the estimate and lets it be scanned.
func (c *claim) writeEstimate(d synth.Draw) {
	c.quote = ""
	if !c.estimate {
		return
	}
	r := c.repairer
	money := r.number.Money
	p := quotePage{
		Name: r.name, Town: r.town, TaxID: r.taxID, For: c.holder.given + " " + c.holder.family,
		Number: fmt.Sprintf("Q%d", d.Int(1000, 9999)), Date: c.loss.AddDate(0, 0, min(c.delay, d.Int(0, 6))).Format("02/01/2006"),
		Main: c.job.name, MainPrice: money(c.main), Net: money(c.main + c.extras), Tax: money(c.tax()), Total: money(c.cost),
	}
	if c.tax() == 0 {
		p.Tax = ""
	}
	if r.codes {
		p.Main = "J-" + c.job.code + " " + p.Main
	}
	work, first := extraWork[r.trade], d.Int(0, 9)
	rest := c.extras
	for rest > 0 {
		part := rest
		if len(p.Extras) < 2 && rest > 6_000 {
			part = synth.Share(rest, d.Float(0.3, 0.7))
		}
		rest -= part
		p.Extras = append(p.Extras, quoteLine{work[(len(p.Extras)+first)%len(work)], money(part)})
	}
	if c.holder.motor() && c.job.list > 100_000 && d.Bool(0.35) {
		p.Value = money(max(2*c.cost, int64(d.LogNormal(800_000, 0.4))))
	}
	var b strings.Builder
	if err := estimates.ExecuteTemplate(&b, r.layout, p); err != nil {
		panic(err) // the templates are part of the program
	}
	c.quote = synth.Noise(d, strings.TrimSpace(b.String())+"\n", c.scanRate(d))
}

// scanRate is how badly the estimate was scanned or photographed.
func (c *claim) scanRate(d synth.Draw) float64 {
	worse := 1.0
	if synth.Fresh(c.received) {
		worse = 1.5
	}
	switch {
	case c.channel == "post", c.channel == "phone": // by post after a call
		if d.Bool(0.15) {
			return 0.02 * worse
		}
		return 0.005 * worse
	case d.Bool(0.75):
		return 0
	default:
		return 0.004 * worse
	}
}
