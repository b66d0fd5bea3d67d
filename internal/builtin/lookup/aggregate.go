package lookup

import (
	"errors"
	"regexp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/builtin/table"
)

// aggregate is an out field that is a number over all rows that match.
type aggregate struct {
	out    int
	name   string // count, exists, sum, min, max or mean
	column string
	at     int // of the column; -1 for count and exists
	whole  bool
}

var aggregateForm = regexp.MustCompile(`^\s*(?:(count|exists)|(sum|min|max|mean)\(\s*(\S+?)\s*\))\s*$`)

func aggregates(cfg flow.Config, texts flow.Texts, types *table.Types) ([]aggregate, error) {
	var (
		out  []aggregate
		errs []error
	)
	for _, n := range texts {
		i := cfg.Out().Index(n.Name)
		if i < 0 {
			errs = append(errs, field.Unknown(cfg, n.Pos, "aggregate", n.Name))
			continue
		}
		m := aggregateForm.FindStringSubmatch(n.Text.Value)
		if m == nil {
			errs = append(errs, cfg.Errorf(n.Text.Pos, "aggregate %q is unknown, want count, exists, sum(column), min(column), max(column) or mean(column)", n.Text.Value))
			continue
		}
		t := cfg.Out().Fields()[i].Type
		a := aggregate{out: i, name: m[1] + m[2], column: m[3], at: -1, whole: t.Kind == flow.Integer}
		want := "a number or an integer"
		fits := t.Kind == flow.Number || t.Kind == flow.Integer && a.name != "mean"
		switch {
		case a.name == "exists":
			fits, want = t.Kind == flow.Boolean, "a boolean"
		case a.name == "mean":
			want = "a number"
		}
		if !fits {
			errs = append(errs, cfg.Errorf(n.Pos, "%s gives %s, and %q is %s", a.name, want, n.Name, t))
			continue
		}
		if a.column != "" {
			if err := types.Use(a.column, flow.Type{Kind: flow.Number}); err != nil {
				errs = append(errs, cfg.Errorf(n.Text.Pos, "%v", err))
				continue
			}
		}
		out = append(out, a)
	}
	return out, errors.Join(errs...)
}

// running is an aggregate as far as it has come.
type running struct {
	n        int
	sum      float64
	min, max float64
}

func (r *running) add(v any) {
	var x float64
	switch y := v.(type) {
	case float64:
		x = y
	case int64:
		x = float64(y)
	default:
		return
	}
	if r.n == 0 || x < r.min {
		r.min = x
	}
	if r.n == 0 || x > r.max {
		r.max = x
	}
	r.n++
	r.sum += x
}

// value is what the aggregate comes to: the sum of nothing is nought, its
// least, greatest and mean are absent.
func (a aggregate) value(r running, matches int) any {
	x := r.sum
	switch a.name {
	case "exists":
		return matches > 0
	case "count":
		x = float64(matches)
	case "sum":
	default:
		if r.n == 0 {
			return nil
		}
		switch a.name {
		case "min":
			x = r.min
		case "max":
			x = r.max
		case "mean":
			x = r.sum / float64(r.n)
		}
	}
	if a.whole {
		return int64(x)
	}
	return x
}
