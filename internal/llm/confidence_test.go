package llm

import (
	"math"
	"strings"
	"testing"

	"pgregory.net/rapid"
)

// tok is a token with its probability and alternatives "token", probability, ...
func tok(text string, p float64, alternatives ...any) TokenLogprob {
	t := TokenLogprob{Token: text, Logprob: math.Log(p)}
	for i := 0; i < len(alternatives); i += 2 {
		t.Top = append(t.Top, Alternative{alternatives[i].(string), math.Log(alternatives[i+1].(float64))})
	}
	return t
}

func TestClassConfidence(t *testing.T) {
	classes := []string{"approve", "reject", "review"}
	for _, row := range []struct {
		why     string
		tokens  []TokenLogprob
		path    []string
		classes []string
		want    map[string]float64
		listed  float64
	}{
		{
			"one token decides: .6 against .2 and .1, the rest spelled no class",
			[]TokenLogprob{tok(`{"outcome":"`, .99), tok(`approve`, .6, "approve", .6, "reject", .2, "review", .1, "deny", .05), tok(`"}`, .99)},
			[]string{"outcome"}, classes,
			map[string]float64{"approve": .6 / .9, "reject": .2 / .9, "review": .1 / .9}, .9,
		},
		{
			"the quote belongs to the token",
			[]TokenLogprob{tok(`{"outcome":`, .99), tok(` "`, 1), tok(`approve"`, .6, `approve"`, .6, `reject"`, .2), tok(`}`, .99)},
			[]string{"outcome"}, classes,
			map[string]float64{"approve": .75, "reject": .25, "review": 0}, .8,
		},
		{
			"re is shared by two classes: .3 against approve, then .9 against review",
			[]TokenLogprob{tok(`{"outcome":"`, 1), tok(`re`, .3, "approve", .6, "re", .3), tok(`ject`, .9, "ject", .9, "view", .1), tok(`"}`, 1)},
			[]string{"outcome"}, classes,
			map[string]float64{"approve": 2. / 3, "reject": .3, "review": 1. / 30}, .9,
		},
		{
			"an alternative that fits two other classes is split between them",
			[]TokenLogprob{tok(`{"outcome":"`, 1), tok(`approve`, .5, "approve", .5, "re", .5), tok(`"}`, 1)},
			[]string{"outcome"}, classes,
			map[string]float64{"approve": .5, "reject": .25, "review": .25}, 1,
		},
		{
			"another spelling of the same class counts for it",
			[]TokenLogprob{tok(`{"outcome":"`, 1), tok(`approve`, .5, "approve", .5, "app", .3, "reject", .2), tok(`"}`, 1)},
			[]string{"outcome"}, classes,
			map[string]float64{"approve": .8, "reject": .2, "review": 0}, 1,
		},
		{
			"a shared start beside the token written is left out: what follows it is not known",
			[]TokenLogprob{tok(`{"outcome":"`, 1), tok(`reject`, .5, "reject", .5, "re", .3, "approve", .2), tok(`"}`, 1)},
			[]string{"outcome"}, classes,
			map[string]float64{"approve": .2 / .7, "reject": .5 / .7, "review": 0}, .7,
		},
		{
			"the sampled token is not among the listed ones",
			[]TokenLogprob{tok(`{"outcome":"`, 1), tok(`review`, .1, "approve", .7, "reject", .2), tok(`"}`, 1)},
			[]string{"outcome"}, classes,
			map[string]float64{"approve": .7, "reject": .2, "review": .1}, 1,
		},
		{
			"nothing else was listed: certain, as far as anyone can tell",
			[]TokenLogprob{tok(`{"outcome":"`, 1), tok(`approve`, .6), tok(`"}`, 1)},
			[]string{"outcome"}, classes,
			map[string]float64{"approve": 1, "reject": 0, "review": 0}, 1,
		},
		{
			"a class is the start of another: the closing quote decides",
			[]TokenLogprob{tok(`{"o":"`, 1), tok(`pay`, 1), tok(`"`, .7, `"`, .7, `_part`, .3), tok(`}`, 1)},
			[]string{"o"}, []string{"pay", "pay_part"},
			map[string]float64{"pay": .7, "pay_part": .3}, 1,
		},
		{
			"the same word in an earlier field decides nothing",
			[]TokenLogprob{tok(`{"why":"reject`, .2, `{"why":"approve`, .8), tok(`","in":{"outcome":"`, 1), tok(`approve`, .9, "approve", .9, "reject", .1), tok(`"}}`, 1)},
			[]string{"in", "outcome"}, classes,
			map[string]float64{"approve": .9, "reject": .1, "review": 0}, 1,
		},
		{
			"a bare boolean, the delimiter in its token",
			[]TokenLogprob{tok(`{"pay":`, 1), tok(` true`, .8, " true", .8, " false", .2), tok(`}`, 1)},
			[]string{"pay"}, []string{"true", "false"},
			map[string]float64{"true": .8, "false": .2}, 1,
		},
		{
			"1 is not the start of 10, unless more may come",
			[]TokenLogprob{tok(`{"n":`, 1), tok(`1`, .9, "1", .9, "2", .1), tok(`}`, .6, "}", .6, "0", .4)},
			[]string{"n"}, []string{"1", "10", "2"},
			map[string]float64{"1": .9, "10": 0, "2": .1}, 1,
		},
		{
			"the whole answer is the value, and a stop token follows it",
			[]TokenLogprob{tok(`"`, 1), tok(`reject`, .6, "reject", .6, "approve", .4), tok(`"`, 1), tok(`<|end|>`, 1)},
			nil, classes,
			map[string]float64{"approve": .4, "reject": .6, "review": 0}, 1,
		},
		{
			"characters split between tokens",
			[]TokenLogprob{tok(`{"o":"`, 1), tok("\xc3", 1), tok("\xa9", .7, "\xa9", .7, "\xa8", .3), tok(`"}`, 1)},
			[]string{"o"}, []string{"é", "è"},
			map[string]float64{"é": .7, "è": .3}, 1,
		},
	} {
		t.Run(row.why, func(t *testing.T) {
			var answer string
			for _, token := range row.tokens {
				answer += token.Token
			}
			answer = strings.TrimSuffix(answer, "<|end|>")
			got, err := ClassConfidence(answer, row.tokens, row.path, row.classes)
			if err != nil {
				t.Fatal(err)
			}
			if len(got.Probabilities) != len(row.want) || math.Abs(got.Listed-row.listed) > 1e-9 || got.Probability != got.Probabilities[got.Class] {
				t.Errorf("got %+v, want %v with %v listed", got, row.want, row.listed)
			}
			for c, p := range row.want {
				if math.Abs(got.Probabilities[c]-p) > 1e-9 {
					t.Errorf("%s: got %v, want %v", c, got.Probabilities[c], p)
				}
			}
		})
	}
}

func TestClassConfidenceFaults(t *testing.T) {
	good := []TokenLogprob{tok(`{"o":"`, 1), tok("a", .5, "a", .5, "b", .5), tok(`"}`, 1)}
	for _, row := range []struct {
		why, answer string
		tokens      []TokenLogprob
		path        []string
		classes     []string
		want        string
	}{
		{"no probabilities", `{"o":"a"}`, nil, []string{"o"}, []string{"a"}, "ask for logprobs"},
		{"tokens of another text", `{"o":"c"}`, good, []string{"o"}, []string{"c"}, "do not spell"},
		{"no such field", `{"o":"a"}`, good, []string{"p"}, []string{"a"}, `no field "p"`},
		{"no object", `{"o":"a"}`, good, []string{"o", "p"}, []string{"a"}, "no object"},
		{"not one of the classes", `{"o":"a"}`, good, []string{"o"}, []string{"b", "c"}, "none of the classes"},
		{"a class twice", `{"o":"a"}`, good, []string{"o"}, []string{"a", "a"}, "listed twice"},
		{"not a scalar", `{"o":"a"}`, good, nil, []string{"a"}, "not a class"},
		{"an odd spelling", `"\u0061"`, []TokenLogprob{tok(`"\u0061"`, 1)}, nil, []string{"a", "b"}, "spells class"},
		{"not JSON", `{"o`, []TokenLogprob{tok(`{"o`, 1)}, []string{"o"}, []string{"a"}, "not JSON"},
	} {
		_, err := ClassConfidence(row.answer, row.tokens, row.path, row.classes)
		if err == nil || !strings.Contains(err.Error(), row.want) {
			t.Errorf("%s: got %v, want %q", row.why, err, row.want)
		}
	}
}

// For classes drawn letter by letter from a known distribution, with all
// alternatives listed, the helper finds the probability of the class drawn and
// the class probabilities sum to one.
func TestClassConfidenceIsTheSequenceProbability(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		classes := rapid.SliceOfNDistinct(rapid.StringMatching(`[abc]{1,4}`), 2, 8, rapid.ID[string]).Draw(t, "classes")
		weight := map[string]float64{}
		for _, c := range classes {
			weight[c] = rapid.Float64Range(.01, 1).Draw(t, "weight of "+c)
		}
		chosen := rapid.SampledFrom(classes).Draw(t, "chosen")
		// Each letter's probability is the weight of the classes that go on with it.
		tokens := []TokenLogprob{tok(`{"o":"`, 1)}
		mass := func(prefix string) (m float64) {
			for c, w := range weight {
				if strings.HasPrefix(c+`"`, prefix) {
					m += w
				}
			}
			return m
		}
		spelled := chosen + `"`
		for i := range spelled {
			var alternatives []any
			for _, next := range []string{"a", "b", "c", `"`} {
				if m := mass(spelled[:i] + next); m > 0 {
					alternatives = append(alternatives, next, m/mass(spelled[:i]))
				}
			}
			tokens = append(tokens, tok(spelled[i:i+1], mass(spelled[:i+1])/mass(spelled[:i]), alternatives...))
		}
		tokens = append(tokens, tok("}", 1))
		got, err := ClassConfidence(`{"o":"`+spelled+`}`, tokens, []string{"o"}, classes)
		if err != nil {
			t.Fatal(err)
		}
		if want := weight[chosen] / mass(""); math.Abs(got.Probability-want) > 1e-9 {
			t.Fatalf("probability %v, want %v", got.Probability, want)
		}
		sum := 0.0
		for _, p := range got.Probabilities {
			sum += p
		}
		if math.Abs(sum-1) > 1e-9 {
			t.Fatalf("probabilities sum to %v", sum)
		}
	})
}

func FuzzClassConfidence(f *testing.F) {
	f.Add(`{"o":"a"}`, 3, "o", "a", "b")
	f.Add(`"a"`, 1, "", "a", "a")
	f.Add(`{"o":1}`, 5, "o", "1", "10")
	f.Fuzz(func(t *testing.T, answer string, cut int, field, a, b string) {
		if cut < 0 || cut > len(answer) {
			cut = len(answer)
		}
		tokens := []TokenLogprob{tok(answer[:cut], .5, a, .2), tok(answer[cut:], .5, b, .5)}
		got, err := ClassConfidence(answer, tokens, []string{field}, []string{a, b})
		if err == nil && !(got.Probability >= 0 && got.Probability <= 1+1e-9) {
			t.Fatalf("probability %v", got.Probability)
		}
	})
}
