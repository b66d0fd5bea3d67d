package scenario

import (
	"errors"
	"fmt"
	"slices"
	"strconv"
	"time"

	"go.yaml.in/yaml/v4"

	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/yamldoc"
)

// lengthKeys is a length of time: minutes as a number, a duration such as 20s
// or 2h, or a distribution.
type lengthKeys struct {
	stated *Distribution
	wrong  bool // something is stated, and reported already
}

const wantLength = "minutes, a duration such as 20s, or {distribution: exponential, mean: 20}"

// DecodeYAML reads any of the forms.
func (k *lengthKeys) DecodeYAML(d *yamldoc.Doc, n *yaml.Node, diags *diag.List) {
	k.read(d, n, wantLength, diags)
}

func (k *lengthKeys) read(d *yamldoc.Doc, n *yaml.Node, want string, diags *diag.List) {
	said := len(*diags)
	defer func() { k.wrong = len(*diags) > said }()
	switch n.Kind {
	case yaml.MappingNode:
		var keys distributionKeys
		d.Decode(n, &keys, diags)
		if len(*diags) == said {
			k.stated = keys.distribution(diags)
		}
	case yaml.ScalarNode:
		x, err := minutes(n.Value)
		if err != nil || !(x > 0 && x <= maxMinutes) {
			diags.Add(d.Pos(n), fmt.Sprintf("%q is no length of time, want %s", n.Value, want), "")
			return
		}
		k.stated = &Distribution{Name: "fixed", Mean: x}
	default:
		diags.Add(d.Pos(n), "want "+want, "")
	}
}

// minutes reads minutes, or a duration.
func minutes(s string) (float64, error) {
	if x, err := strconv.ParseFloat(s, 64); err == nil {
		return x, nil
	}
	if n := len(s); n > 1 && s[n-1] == 'd' {
		x, err := strconv.ParseFloat(s[:n-1], 64)
		return x * 24 * 60, err
	}
	x, err := time.ParseDuration(s)
	if err != nil {
		return 0, errors.New("no duration")
	}
	return x.Minutes(), nil
}

// minutesKeys is how long people work on a case: lengthKeys, case, or one of
// these for each kind of case.
type minutesKeys struct {
	lengthKeys
	fit    string // a family to be fitted to the replayed cases
	byKind []kindMinutes
}

type kindMinutes struct {
	kind *yaml.Node
	lengthKeys
}

const wantMinutes = "case for those of the replayed cases, " + wantLength

// DecodeYAML reads any of the forms.
func (m *minutesKeys) DecodeYAML(d *yamldoc.Doc, n *yaml.Node, diags *diag.List) {
	if n.Kind == yaml.ScalarNode && n.Value == "case" {
		return
	}
	if n.Kind != yaml.MappingNode || has(n, "distribution") {
		m.read(d, n, wantMinutes, diags)
		return
	}
	if fit := value(n, "fit"); fit != nil {
		if m.fit = fit.Value; len(n.Content) > 2 || !slices.Contains(fitFamilies, m.fit) {
			diags.Add(d.Pos(fit), fmt.Sprintf("fit %q, want {fit: exponential}, lognormal, gamma or weibull: its mean and spread are those of the replayed cases", m.fit), "")
			m.wrong = true
		}
		return
	}
	for kind, v := range yamldoc.Pairs(n) {
		k := kindMinutes{kind: kind}
		k.read(d, v, wantLength, diags)
		m.wrong = m.wrong || k.wrong
		m.byKind = append(m.byKind, k)
	}
}

// value is what a mapping has under a key; nil: nothing.
func value(n *yaml.Node, key string) *yaml.Node {
	for k, v := range yamldoc.Pairs(n) {
		if k.Value == key {
			return v
		}
	}
	return nil
}

func has(n *yaml.Node, key string) bool { return value(n, key) != nil }

// fitFamilies are the curves that can be put through traced minutes.
var fitFamilies = []string{"exponential", "lognormal", "gamma", "weibull"}
