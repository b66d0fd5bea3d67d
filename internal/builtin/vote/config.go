package vote

import (
	"fmt"
	"strconv"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
)

// Config is the part of a design file that belongs to the kind.
type Config struct {
	Ballots []flow.Text `yaml:"ballots"`
	Method  *flow.Text  `yaml:"method" jsonschema:"enum=majority,enum=weighted,enum=unanimous"`
	Weights flow.Texts  `yaml:"weights,omitempty" schema:"texts"`
	Quorum  *int        `yaml:"quorum,omitempty"`
	Tie     *flow.Text  `yaml:"tie" jsonschema:"enum=none,enum=first"`
}

// Kind makes steps of kind vote.
func Kind() flow.StepKind {
	return flow.StepKind{
		Doc: "Several answers to one question, made one: `ballots: [model, rules, second]` names fields of in. " +
			"`method` is majority (the most votes, the default), weighted (`weights: {model: 2, rules: in.sure}`; one where nothing is said) or unanimous. " +
			"An absent value is no ballot. Without `quorum` ballots, in a tie (`tie: first` gives it to the ballot that stands first) and where a unanimous vote is split there is no decision. " +
			"A probability among out is the share of the votes that the winner has.",
		Role:   flow.Work,
		Actor:  flow.Rule,
		Config: (*Config)(nil),
		New:    func(cfg flow.Config) (flow.Step, error) { return New(cfg) },
	}
}

// weight is how much a ballot counts.
type weight struct {
	term  field.Term
	given bool
}

func (w weight) of(in []any) (float64, error) {
	if !w.given {
		return 1, nil
	}
	v, err := w.term.Eval(in)
	if err != nil {
		return 0, err
	}
	x, ok := v.(float64)
	if n, integer := v.(int64); integer {
		x, ok = float64(n), true
	}
	if !ok {
		return 0, nil // a weight that is absent: the ballot does not count
	}
	if x < 0 || x-x != 0 {
		return 0, flow.Errorf(flow.ErrStep, "a ballot weighs %s, want a number from 0", strconv.FormatFloat(x, 'g', -1, 64))
	}
	return x, nil
}

// New reads the configuration.
func New(cfg flow.Config) (*Vote, error) {
	var c Config
	if err := cfg.Decode(&c); err != nil {
		return nil, err
	}
	faults := &field.Faults{Config: cfg}
	v := &Vote{method: "majority", out: cfg.Out(), winner: -1, share: -1, quorum: 1}
	word := func(t *flow.Text, what string, into *string, choices ...string) {
		if t == nil {
			return
		}
		for _, choice := range choices {
			if t.Value == choice {
				*into = choice
				return
			}
		}
		faults.Fail(t.Pos, "unknown %s %q%s", what, t.Value, field.Suggest(t.Value, choices))
	}
	tie := "none"
	word(c.Method, "method", &v.method, "majority", "weighted", "unanimous")
	word(c.Tie, "tie", &tie, "none", "first")
	v.first = tie == "first"
	v.fields(cfg, faults)
	v.read(cfg, c, faults)
	if c.Quorum != nil {
		v.quorum = *c.Quorum
		if v.quorum < 1 || v.quorum > len(v.ballots) {
			faults.Fail(flow.Pos{}, "a quorum of %d of %d ballots", v.quorum, len(v.ballots))
		}
	}
	v.undecided(cfg, faults)
	return v, faults.Err()
}

// fields finds the winner and its share among the out fields.
func (v *Vote) fields(cfg flow.Config, faults *field.Faults) {
	for i, f := range cfg.Out().Fields() {
		into := &v.winner
		if f.Type.Kind == flow.Probability {
			into = &v.share
		}
		if *into >= 0 {
			faults.Fail(flow.Pos{}, "out has %q beside %q: a vote gives one answer and, as a probability, the share of votes that it has", f.Name, cfg.Out().Fields()[*into].Name)
			continue
		}
		*into = i
	}
	if v.winner < 0 {
		faults.Fail(flow.Pos{}, "out has no field for the answer")
	}
}

// read finds the ballots and their weights.
func (v *Vote) read(cfg flow.Config, c Config, faults *field.Faults) {
	in := cfg.In()
	at := map[string]int{} // by name: place among the ballots
	for _, b := range c.Ballots {
		i := in.Index(b.Value)
		switch {
		case i < 0:
			faults.Fail(b.Pos, "ballot %q is not among what the step receives%s", b.Value, field.Suggest(b.Value, in.Names()))
			continue
		case at[b.Value] > 0:
			faults.Fail(b.Pos, "ballot %q twice", b.Value)
			continue
		}
		if v.winner >= 0 {
			if why := votesFor(in.Fields()[i].Type, v.out.Fields()[v.winner].Type); why != "" {
				faults.Fail(b.Pos, "ballot %q %s", b.Value, why)
			}
		}
		v.ballots = append(v.ballots, i)
		v.weights = append(v.weights, weight{})
		at[b.Value] = len(v.ballots)
	}
	if len(c.Ballots) < 2 {
		faults.Fail(flow.Pos{}, "a vote of %d ballots, want two or more: ballots: [model, rules]", len(c.Ballots))
	}
	if len(c.Weights) > 0 && v.method != "weighted" {
		faults.Fail(c.Weights[0].Pos, "weights in a vote by %s (method: weighted)", v.method)
	}
	for _, w := range c.Weights {
		i := at[w.Name]
		if i == 0 {
			faults.Fail(w.Pos, "a weight for %q, which is no ballot%s", w.Name, field.Suggest(w.Name, names(c.Ballots)))
			continue
		}
		t, err := field.Compile(cfg, w.Text, flow.Type{Kind: flow.Number, Optional: true}, flow.Scope{Name: "in", Schema: in})
		if err != nil {
			faults.Add(err)
			continue
		}
		v.weights[i-1] = weight{term: t, given: true}
	}
}

func names(texts []flow.Text) []string {
	var out []string
	for _, t := range texts {
		out = append(out, t.Value)
	}
	return out
}

// votesFor says why a ballot of one type cannot be an answer of the other; ""
// where it can.
func votesFor(ballot, answer flow.Type) string {
	switch answer.Kind {
	case flow.Enum, flow.String, flow.Number, flow.Integer, flow.Boolean, flow.Date:
	default:
		return fmt.Sprintf("cannot be counted: the answer is %s", answer)
	}
	if ballot.Kind == answer.Kind || ballot.Kind == flow.String && answer.Kind == flow.Enum {
		return ""
	}
	return fmt.Sprintf("is %s, and the answer is %s", ballot, answer)
}

// undecided asks that the answer may be absent where a vote may end without
// one.
func (v *Vote) undecided(cfg flow.Config, faults *field.Faults) {
	if v.winner < 0 || cfg.Out().Fields()[v.winner].Type.Optional {
		return
	}
	cast := 0 // ballots that are always cast, and always count
	for i, at := range v.ballots {
		if !cfg.In().Fields()[at].Type.Optional && !v.weights[i].given {
			cast++
		}
	}
	if v.method == "unanimous" || !v.first || cast < v.quorum {
		f := cfg.Out().Fields()[v.winner]
		faults.Fail(flow.Pos{}, "the vote may end without a decision: declare %s: %s? and guard it, or settle ties by tie: first among ballots that are never absent", f.Name, f.Type)
	}
}
