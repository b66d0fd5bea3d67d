package scenario

import (
	"fmt"
	"math"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/stats"
	"gonum.org/v1/gonum/stat/distuv"
)

// Distribution is a length of time, in minutes.
type Distribution struct {
	Name   string
	Mean   float64
	SCV    float64   // squared coefficient of variation, of gamma, lognormal and weibull
	From   float64   // of uniform
	To     float64   // of uniform
	Means  []float64 // of the branches of hyperexponential
	Shares []float64 // of the branches, adding up to 1

	curve        *stats.Survival // of traced
	shape, scale float64         // of weibull
}

// distributionKeys are the keys of a distribution in its long form.
type distributionKeys struct {
	Pos          flow.Pos    `yaml:",pos"`
	Distribution flow.Text   `yaml:"distribution"`
	Mean         *flow.Text  `yaml:"mean"`
	SCV          *float64    `yaml:"scv"`
	From         *flow.Text  `yaml:"from"`
	To           *flow.Text  `yaml:"to"`
	Means        []flow.Text `yaml:"means,omitempty"`
	Shares       []float64   `yaml:"shares,omitempty"`
}

// length reads one of its lengths of time, in minutes.
func length(t *flow.Text, diags *diag.List) *float64 {
	if !said(t) {
		return nil
	}
	x, err := minutes(t.Value)
	if err != nil || math.IsNaN(x) || math.IsInf(x, 0) {
		diags.Add(t.Pos, fmt.Sprintf("%q is no length of time, want minutes or a duration such as 20s", t.Value), "")
		return nil
	}
	return &x
}

// FromCurve is the distribution, in minutes, that a survival curve was traced
// for.
func FromCurve(c *stats.Survival) *Distribution {
	return &Distribution{Name: "traced", Mean: c.Mean(), curve: c}
}

// families are the keys of each distribution.
var families = map[string][]string{
	"fixed": {"mean"}, "exponential": {"mean"}, "lognormal": {"mean", "scv"}, "gamma": {"mean", "scv"}, "weibull": {"mean", "scv"},
	"uniform": {"from", "to"}, "hyperexponential": {"means", "shares"},
}

var familyNames = []string{"fixed", "exponential", "lognormal", "gamma", "weibull", "uniform", "hyperexponential"}

// Times is the distribution of lengths that are as many times as long.
func (f *Distribution) Times(factor float64) *Distribution {
	out := *f
	out.Mean, out.From, out.To, out.scale = f.Mean*factor, f.From*factor, f.To*factor, f.scale*factor
	out.Means = slices.Clone(f.Means)
	for i := range out.Means {
		out.Means[i] *= factor
	}
	return &out
}

// Draw gives one value.
func (f *Distribution) Draw(d *des.Draw) float64 {
	switch f.Name {
	case "exponential":
		return d.Exp(f.Mean)
	case "lognormal":
		return d.LogNormal(f.Mean, f.SCV)
	case "gamma":
		return d.Gamma(1/f.SCV, f.Mean*f.SCV)
	case "weibull":
		return f.scale * math.Pow(d.Exp(1), 1/f.shape)
	case "uniform":
		return f.From + (f.To-f.From)*d.Uniform()
	case "hyperexponential":
		u, i := d.Uniform(), 0
		for i < len(f.Shares)-1 && u >= f.Shares[i] {
			u -= f.Shares[i]
			i++
		}
		return d.Exp(f.Means[i])
	case "traced":
		return max(f.curve.Time(d.Uniform()), math.SmallestNonzeroFloat64)
	}
	return f.Mean
}

// Variability is the squared coefficient of variation.
func (f *Distribution) Variability() float64 {
	switch f.Name {
	case "exponential":
		return 1
	case "gamma", "lognormal", "weibull":
		return f.SCV
	case "uniform":
		return (f.To - f.From) * (f.To - f.From) / 12 / (f.Mean * f.Mean)
	case "hyperexponential":
		square := 0.0
		for i, m := range f.Means {
			square += 2 * m * m * f.Shares[i]
		}
		return square/(f.Mean*f.Mean) - 1
	}
	return 0
}

// String says what it is, for a report.
func (f *Distribution) String() string {
	mean := InUnits(f.Mean)
	switch f.Name {
	case "fixed":
		return mean + " each"
	case "uniform":
		return fmt.Sprintf("uniform from %s to %s", InUnits(f.From), InUnits(f.To))
	case "gamma", "lognormal", "weibull":
		return fmt.Sprintf("%s, mean %s, squared coefficient of variation %.4g", f.Name, mean, f.SCV)
	}
	return fmt.Sprintf("%s, mean %s", f.Name, mean)
}

// InUnits says minutes in a unit that reads well.
func InUnits(minutes float64) string {
	switch {
	case minutes < 1:
		return fmt.Sprintf("%.4g seconds", 60*minutes)
	case minutes >= 600:
		return fmt.Sprintf("%.4g hours", minutes/60)
	}
	return fmt.Sprintf("%.4g minutes", minutes)
}

const maxMinutes = 1e6

// distribution checks what is given; nil where it is wrong.
func (k *distributionKeys) distribution(diags *diag.List) *Distribution {
	name := k.Distribution.Value
	kind, ok := families[name]
	if !ok {
		diags.Add(k.Distribution.Pos, fmt.Sprintf("unknown distribution %q", name), diag.Suggest(name, familyNames))
		return nil
	}
	before := len(*diags)
	mean, from, to := length(k.Mean, diags), length(k.From, diags), length(k.To, diags)
	var means []float64
	for i := range k.Means {
		if m := length(&k.Means[i], diags); m != nil {
			means = append(means, *m)
		}
	}
	if len(*diags) > before {
		return nil
	}
	given := map[string]bool{
		"mean": k.Mean != nil, "scv": k.SCV != nil, "from": k.From != nil, "to": k.To != nil,
		"means": len(k.Means) > 0, "shares": len(k.Shares) > 0,
	}
	for _, key := range kind {
		if !given[key] {
			diags.Add(k.Pos, fmt.Sprintf("distribution %q: missing key %q", name, key), "")
		}
		delete(given, key)
	}
	for _, key := range []string{"mean", "scv", "from", "to", "means", "shares"} {
		if given[key] {
			diags.Add(k.Pos, fmt.Sprintf("distribution %q has no %q", name, key), "")
		}
	}
	positive := func(key string, x *float64, limit float64) float64 {
		if x == nil {
			return 0
		}
		if !(*x > 0 && *x <= limit) {
			diags.Add(k.Pos, fmt.Sprintf("distribution %q: %q is %v, want a number above 0 and up to %v", name, key, *x, limit), "")
		}
		return *x
	}
	f := &Distribution{Name: name, Mean: positive("mean", mean, maxMinutes), SCV: positive("scv", k.SCV, 1e4)}
	switch name {
	case "weibull":
		if len(*diags) == before {
			f = WeibullOf(f.Mean, f.SCV)
		}
	case "uniform":
		if from != nil && to != nil {
			f.From, f.To = *from, *to
			f.Mean = (f.From + f.To) / 2
			if !(f.From >= 0 && f.To > f.From && f.To <= maxMinutes) {
				diags.Add(k.Pos, fmt.Sprintf("uniform from %v to %v, want it to start at 0 or later and end after it starts", f.From, f.To), "")
			}
		}
	case "hyperexponential":
		f.Means, f.Shares = means, k.Shares
		f.branches(k.Pos, diags)
	}
	if len(*diags) > before {
		return nil
	}
	return f
}

// branches checks a hyperexponential distribution and finds its mean.
func (f *Distribution) branches(at flow.Pos, diags *diag.List) {
	if len(f.Means) != len(f.Shares) {
		diags.Add(at, fmt.Sprintf("%d means and %d shares, want one share for each mean", len(f.Means), len(f.Shares)), "")
		return
	}
	sum := 0.0
	for i, m := range f.Means {
		if !(m > 0 && m <= maxMinutes) || !(f.Shares[i] >= 0) {
			diags.Add(at, fmt.Sprintf("branch %d has mean %v and share %v, want a mean above 0 and a share from 0 up", i+1, m, f.Shares[i]), "")
		}
		sum += f.Shares[i]
		f.Mean += m * f.Shares[i]
	}
	if math.Abs(sum-1) > 1e-9 {
		diags.Add(at, fmt.Sprintf("the shares add up to %.6g, want 1", sum), "")
	}
}

// CDF is the distribution function, of minutes, of a family that can be fitted.
func (f *Distribution) CDF() func(float64) float64 {
	switch f.Name {
	case "exponential":
		return distuv.Exponential{Rate: 1 / f.Mean}.CDF
	case "lognormal":
		s2 := math.Log1p(f.SCV)
		return distuv.LogNormal{Mu: math.Log(f.Mean) - s2/2, Sigma: math.Sqrt(s2)}.CDF
	case "weibull":
		return distuv.Weibull{K: f.shape, Lambda: f.scale}.CDF
	}
	return distuv.Gamma{Alpha: 1 / f.SCV, Beta: 1 / (f.Mean * f.SCV)}.CDF
}
