package invoice

import (
	_ "embed"
	"strings"
	"text/template"
)

//go:embed layouts.tmpl
var layoutText string

var layouts = template.Must(template.New("layouts").
	Funcs(template.FuncMap{"upper": strings.ToUpper}).Parse(layoutText))

// layoutNames are the layouts of 2025 and how common each is among vendors.
var layoutNames = []string{
	"classic", "dotted", "pipes", "header-table", "total-first", "letter", "statement",
	"till", "fields", "mail", "edi", "two-columns", "bilingual", "bare",
}
var layoutWeights = []float64{22, 9, 8, 3, 9, 8, 8, 4, 5, 6, 4, 8, 5, 2}

// freshLayout is the layout that nobody used before 2026.
const freshLayout = "remittance"

// A page is what a layout prints: every value as the vendor writes it, empty
// where it prints none.
type page struct {
	Name, Address, TaxID, BillTo, Title, Number, Date, Due, PO, Period string
	Net, Tax, Rate, Total, IBAN                                        string
	Lines, Notes                                                       []string
	W                                                                  labels
}

// labels are the words that one vendor prints beside the values.
type labels struct {
	Number, Date, Due, Order, BillTo, TaxID, Item, Net, Tax, Total, Period, Thanks, Terms string
}

func (p page) render(layout string) string {
	var b strings.Builder
	if err := layouts.ExecuteTemplate(&b, layout, p); err != nil {
		panic(err) // the templates are part of the program
	}
	return strings.TrimSpace(b.String()) + "\n"
}
