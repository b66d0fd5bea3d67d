package dataset

import (
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
)

// StepGold are the fields of a step's output that the card has gold for, in
// the output's order; nil where there is none.
func (c *Card) StepGold(step string, out *flow.Schema) *flow.Schema {
	var fields []flow.Field
	for _, f := range out.Fields() {
		if slices.ContainsFunc(c.Steps[step], func(col Column) bool { return col.Field == f.Name }) {
			fields = append(fields, f)
		}
	}
	if fields == nil {
		return nil
	}
	return flow.NewSchema(fields...)
}

// RouteGold says whether the card names the right branch of a route.
func (c *Card) RouteGold(route string) bool {
	return slices.ContainsFunc(c.Routes, func(col Column) bool { return col.Field == route })
}
