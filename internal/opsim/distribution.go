package opsim

import (
	"fmt"
	"math"
	"strconv"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/des"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// Distribution is how long people work on a case, in minutes.
type Distribution struct {
	Name   string
	Mean   float64
	SCV    float64   // squared coefficient of variation, of gamma and lognormal
	From   float64   // of uniform
	To     float64   // of uniform
	Means  []float64 // of the branches of hyperexponential
	Shares []float64 // of the branches, adding up to 1
}

// distributionKeys are the keys of a distribution in its long form.
type distributionKeys struct {
	Pos          flow.Pos  `yaml:",pos"`
	Distribution flow.Text `yaml:"distribution"`
	Mean         *float64  `yaml:"mean"`
	SCV          *float64  `yaml:"scv"`
	From         *float64  `yaml:"from"`
	To           *float64  `yaml:"to"`
	Means        []float64 `yaml:"means,omitempty"`
	Shares       []float64 `yaml:"shares,omitempty"`
}

// family is one distribution: the keys that it has, and a draw from it.
type family struct {
	keys []string
	draw func(*Distribution, *des.Draw) float64
}

var families = map[string]family{
	"fixed":       {[]string{"mean"}, func(f *Distribution, _ *des.Draw) float64 { return f.Mean }},
	"exponential": {[]string{"mean"}, func(f *Distribution, d *des.Draw) float64 { return d.Exp(f.Mean) }},
	"lognormal":   {[]string{"mean", "scv"}, func(f *Distribution, d *des.Draw) float64 { return d.LogNormal(f.Mean, f.SCV) }},
	"gamma":       {[]string{"mean", "scv"}, func(f *Distribution, d *des.Draw) float64 { return d.Gamma(1/f.SCV, f.Mean*f.SCV) }},
	"uniform":     {[]string{"from", "to"}, func(f *Distribution, d *des.Draw) float64 { return f.From + (f.To-f.From)*d.Uniform() }},
	"hyperexponential": {[]string{"means", "shares"}, func(f *Distribution, d *des.Draw) float64 {
		u, i := d.Uniform(), 0
		for i < len(f.Shares)-1 && u >= f.Shares[i] {
			u -= f.Shares[i]
			i++
		}
		return d.Exp(f.Means[i])
	}},
}

var familyNames = []string{"fixed", "exponential", "lognormal", "gamma", "uniform", "hyperexponential"}

// Draw gives one value.
func (f *Distribution) Draw(d *des.Draw) float64 { return families[f.Name].draw(f, d) }

// String says what it is, for a report.
func (f *Distribution) String() string {
	mean := strconv.FormatFloat(f.Mean, 'g', 4, 64)
	switch f.Name {
	case "fixed":
		return mean + " minutes each"
	case "uniform":
		return fmt.Sprintf("uniform from %g to %g minutes", f.From, f.To)
	case "gamma", "lognormal":
		return fmt.Sprintf("%s, mean %s minutes, squared coefficient of variation %g", f.Name, mean, f.SCV)
	}
	return fmt.Sprintf("%s, mean %s minutes", f.Name, mean)
}

// minutesKeys is `minutes: case`, `minutes: 20` or
// `minutes: {distribution: gamma, mean: 20, scv: 0.5}`.
type minutesKeys struct {
	stated *Distribution
	wrong  bool // something is stated, and reported already
}

const wantMinutes = "case for those of the replayed cases, a number, or {distribution: exponential, mean: 20}"

// DecodeYAML reads any of the forms.
func (m *minutesKeys) DecodeYAML(d *yamldoc.Doc, n *yaml.Node, diags *diag.List) {
	said := len(*diags)
	defer func() { m.wrong = len(*diags) > said }()
	switch n.Kind {
	case yaml.MappingNode:
		var k distributionKeys
		before := len(*diags)
		d.Decode(n, &k, diags)
		if len(*diags) == before {
			m.stated = k.distribution(diags)
		}
	case yaml.ScalarNode:
		if n.Value == "case" {
			return
		}
		x, err := strconv.ParseFloat(n.Value, 64)
		if err != nil || !(x > 0 && x <= maxMinutes) {
			diags.Add(d.Pos(n), fmt.Sprintf(`"minutes" is %q, want %s`, n.Value, wantMinutes), "")
			return
		}
		m.stated = &Distribution{Name: "fixed", Mean: x}
	default:
		diags.Add(d.Pos(n), `"minutes" wants `+wantMinutes, "")
	}
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
	given := map[string]bool{
		"mean": k.Mean != nil, "scv": k.SCV != nil, "from": k.From != nil, "to": k.To != nil,
		"means": len(k.Means) > 0, "shares": len(k.Shares) > 0,
	}
	for _, key := range kind.keys {
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
	f := &Distribution{Name: name, Mean: positive("mean", k.Mean, maxMinutes), SCV: positive("scv", k.SCV, 1e4)}
	switch name {
	case "uniform":
		if k.From != nil && k.To != nil {
			f.From, f.To = *k.From, *k.To
			f.Mean = (f.From + f.To) / 2
			if !(f.From >= 0 && f.To > f.From && f.To <= maxMinutes) {
				diags.Add(k.Pos, fmt.Sprintf("uniform from %v to %v, want it to start at 0 or later and end after it starts", f.From, f.To), "")
			}
		}
	case "hyperexponential":
		f.Means, f.Shares = k.Means, k.Shares
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
