package business

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Keys are the keys of `business:` in a scenario.
type Keys struct {
	Pos         flow.Pos   `yaml:",pos"`
	Build       *yaml.Node `yaml:"build" schema:"amounts"`
	RunAYear    *yaml.Node `yaml:"run_a_year" schema:"amounts"`
	Wage        *yaml.Node `yaml:"wage" schema:"amount"`
	CasesAYear  *yaml.Node `yaml:"cases_a_year" schema:"amount"`
	Realised    *yaml.Node `yaml:"realised" schema:"amount"`
	WorkingDays *yaml.Node `yaml:"working_days" schema:"amount"`
	HoursADay   *yaml.Node `yaml:"hours_a_day" schema:"amount"`
	RampUp      *yaml.Node `yaml:"ramp_up_months" schema:"amount"`
	Discount    *yaml.Node `yaml:"discount_rate" schema:"amount"`
	Years       *flow.Text `yaml:"years"`
}

// Amount is a quantity with the range that it may lie in.
type Amount struct {
	Low, Likely, High float64
}

// Terms are what only the user knows.
type Terms struct {
	// Build is the cost of a design before it starts, RunAYear that of having it,
	// calls of models aside; by design, "" for all candidates.
	Build, RunAYear map[string]Amount
	// Wage is what an hour of people costs; nil: the teams' wages.
	Wage *Amount
	// CasesAYear is the volume; nil: the workflow's, or that of the scenario.
	CasesAYear *Amount
	// Realised is the share of freed time that becomes money.
	Realised  *Amount
	Days      *Amount // that a person works a year
	HoursADay *Amount
	RampUp    *Amount // months until all of it works, evenly
	Discount  *Amount // a year
	Years     int     // that are looked at; 0: not stated
}

// amountKeys is an amount in its long form.
type amountKeys struct {
	Pos    flow.Pos   `yaml:",pos"`
	Low    *flow.Text `yaml:"low"`
	Likely flow.Text  `yaml:"likely"`
	High   *flow.Text `yaml:"high"`
}

// FileKeys are the forms of an amount, for the schema.
func FileKeys() map[string]any { return map[string]any{"amount": amountKeys{}} }

const wantAmount = "a number, or {low: 1, likely: 2, high: 3}"

// reader reads the block.
type reader struct {
	doc     *yamldoc.Doc
	diags   *diag.List
	designs []string // that there may be; none: any
}

// Terms reads what the keys say. designs are those of the scenario where it
// names them.
func (k *Keys) Terms(doc *yamldoc.Doc, designs []string, diags *diag.List) *Terms {
	r := &reader{doc, diags, designs}
	const money = 1e12
	t := &Terms{
		Build: r.byDesign(k.Build, "build", money), RunAYear: r.byDesign(k.RunAYear, "run_a_year", money),
		Wage: r.amount(k.Wage, "wage", 0, 1e6), CasesAYear: r.amount(k.CasesAYear, "cases_a_year", 0, money),
		Realised: r.amount(k.Realised, "realised", 0, 1),
		Days:     r.amount(k.WorkingDays, "working_days", 1, 366), HoursADay: r.amount(k.HoursADay, "hours_a_day", 0.5, 24),
		RampUp: r.amount(k.RampUp, "ramp_up_months", 0, 120), Discount: r.amount(k.Discount, "discount_rate", 0, 1),
	}
	if k.Years != nil && k.Years.Pos.Line > 0 {
		n, err := strconv.Atoi(k.Years.Value)
		if err != nil || n < 1 || n > mostYears {
			diags.Add(k.Years.Pos, fmt.Sprintf(`"years" is %q, want a whole number from 1 to %d`, k.Years.Value, mostYears), "")
		}
		t.Years = n
	}
	return t
}

const mostYears = 20

// byDesign reads one amount for all candidates, or one for each named.
func (r *reader) byDesign(n *yaml.Node, key string, high float64) map[string]Amount {
	if n == nil {
		return nil
	}
	out := map[string]Amount{}
	if n.Kind != yaml.MappingNode || isAmount(n) {
		if a := r.amount(n, key, 0, high); a != nil {
			out[""] = *a
		}
		return out
	}
	for k, v := range yamldoc.Pairs(n) {
		if len(r.designs) > 0 && !slices.Contains(r.designs, k.Value) {
			r.diags.Add(r.doc.Pos(k), fmt.Sprintf("%q: the scenario has no design %q", key, k.Value), diag.Suggest(k.Value, r.designs))
			continue
		}
		if a := r.amount(v, key, 0, high); a != nil {
			out[k.Value] = *a
		}
	}
	return out
}

// isAmount says that a mapping is a range, not amounts by design.
func isAmount(n *yaml.Node) bool {
	for k := range yamldoc.Pairs(n) {
		if !slices.Contains([]string{"low", "likely", "high"}, k.Value) {
			return false
		}
	}
	return true
}

// amount reads a number or a range; nil where there is none, or it is wrong.
func (r *reader) amount(n *yaml.Node, key string, low, high float64) *Amount {
	if n == nil {
		return nil
	}
	if n.Kind == yaml.ScalarNode {
		x, ok := r.number(flow.Text{Value: n.Value, Pos: r.doc.Pos(n)}, key, low, high)
		if !ok {
			return nil
		}
		return &Amount{Low: x, Likely: x, High: x}
	}
	if n.Kind != yaml.MappingNode {
		r.diags.Add(r.doc.Pos(n), fmt.Sprintf("%q wants %s", key, wantAmount), "")
		return nil
	}
	var k amountKeys
	before := len(*r.diags)
	r.doc.Decode(n, &k, r.diags)
	if len(*r.diags) > before {
		return nil
	}
	a := &Amount{}
	var ok bool
	if a.Likely, ok = r.number(k.Likely, key, low, high); !ok {
		return nil
	}
	a.Low, a.High = a.Likely, a.Likely
	for _, end := range []struct {
		text *flow.Text
		to   *float64
	}{{k.Low, &a.Low}, {k.High, &a.High}} {
		if end.text == nil {
			continue
		}
		if *end.to, ok = r.number(*end.text, key, low, high); !ok {
			return nil
		}
	}
	if a.Low > a.Likely || a.Likely > a.High {
		r.diags.Add(k.Pos, fmt.Sprintf("%q: low %v, likely %v and high %v are not in order", key, a.Low, a.Likely, a.High), "")
		return nil
	}
	return a
}

// number reads a number from low to high; an amount for an hour may say so.
func (r *reader) number(t flow.Text, key string, low, high float64) (float64, bool) {
	text := t.Value
	if key == "wage" {
		text = strings.TrimSuffix(text, "/h")
	}
	x, err := strconv.ParseFloat(text, 64)
	if err != nil || !(x >= low && x <= high) {
		r.diags.Add(t.Pos, fmt.Sprintf("%q is %q, want a number from %v to %v, or {low: 1, likely: 2, high: 3}", key, t.Value, low, high), "")
		return 0, false
	}
	return x, true
}
