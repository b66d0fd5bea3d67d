package scaffold

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/inspect"
)

// Bounds of what a decision list is made from and of.
const (
	listCases     = 5000 // training cases looked at
	listWords     = 1500 // words tried, the most frequent ones
	listRules     = 12
	listManyRules = 30 // for more than manyClasses classes
	manyClasses   = 20
	listRight     = 0.8 // share of its cases that a rule must get right
	longestWord   = 40
	commonWord    = 10 // clusters that have a word of a personal text
)

// decisionList is a list of rules, the first that matches decides; greedy, in
// the manner of CN2 (Clark and Niblett 1989).
type decisionList struct {
	rules    []rule
	texts    map[string]bool // fields that rules see as small letters
	cases    int             // labelled ones that it was made on
	split    string          // "" for all cases
	left     int             // those that no rule takes
	untaken  string          // one of them
	constant string          // for an outcome that is no class
}

type rule struct {
	field, when, class string
	cases, right       int    // when it was made
	example            string // a case that it took and got right
}

// condition is a rule before its class is chosen.
type condition struct {
	field, when string
	matches     []int32
}

// learn makes a decision list of the training split, read through the card.
func (w *writer) learn(ctx context.Context) (*decisionList, error) {
	card, err := w.card()
	if err != nil {
		return nil, err
	}
	l := &decisionList{texts: map[string]bool{}}
	request := dataset.Request{WantInput: true, WantLabels: true, Input: schema(w.inputs), Outcome: w.outcomeSchema()}
	if slices.Contains(card.SplitNames(), "train") {
		l.split, request.Splits = "train", []string{"train"}
	}
	cases, err := read(ctx, card, request)
	if err != nil {
		return nil, err
	}
	l.cases = len(cases)
	if len(w.classes) == 0 {
		l.constant = constantOf(cases, w.outcome)
		return l, nil
	}
	for _, f := range w.inputs {
		if f.Type == "string" && f.Column.Words >= 2 && !somebody(f.Column) {
			l.texts[f.Name] = true
		}
	}
	l.grow(w, cases)
	return l, nil
}

func schema(fields []inspect.Field) *flow.Schema {
	out := make([]flow.Field, len(fields))
	for i, f := range fields {
		kind, _ := flow.KindByName(f.Type)
		out[i] = flow.Field{Name: f.Name, Type: flow.Type{Kind: kind, Optional: f.Optional}}
	}
	return flow.NewSchema(out...)
}

func (w *writer) outcomeSchema() *flow.Schema {
	kind, _ := flow.KindByName(w.outcome.Type)
	t := flow.Type{Kind: kind}
	if len(w.classes) > 0 {
		t = flow.Type{Kind: flow.Enum, Enum: w.classes}
	}
	return flow.NewSchema(flow.Field{Name: w.outcome.Name, Type: t})
}

// read gives the first labelled cases of a request.
func read(ctx context.Context, card *dataset.Card, request dataset.Request) ([]flow.Case, error) {
	r, err := card.Open(request)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	var out []flow.Case
	buf := make([]flow.Case, 256)
	for len(out) < listCases {
		n, err := r.Next(ctx, buf)
		for _, c := range buf[:n] {
			if c.Label.Outcome.Values[0] != nil {
				out = append(out, c)
			}
		}
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return nil, err
		}
	}
	return out[:min(len(out), listCases)], nil
}

// grow adds the most reliable rule to the list, and goes on with the cases that
// it does not take. Reliable is the Laplace estimate of its share of right
// answers, (right + 1) / (cases + 2).
func (l *decisionList) grow(w *writer, cases []flow.Case) {
	classes := make([]string, len(cases))
	for i, c := range cases {
		classes[i], _ = c.Label.Outcome.Values[0].(string)
	}
	support := max(5, min(len(cases)/40, len(cases)/(4*max(1, len(w.classes)))))
	conditions := l.conditions(w.inputs, cases, support)
	taken := make([]bool, len(cases))
	most := listRules
	if len(w.classes) > manyClasses {
		most = listManyRules
	}
	for len(l.rules) < most {
		var best rule
		var of *condition
		score := 0.0
		for i := range conditions {
			counts, n := map[string]int{}, 0
			for _, m := range conditions[i].matches {
				if !taken[m] {
					counts[classes[m]]++
					n++
				}
			}
			if n < support {
				continue
			}
			class := frequent(counts)
			right := counts[class]
			if s := float64(right+1) / float64(n+2); s > score && float64(right) >= listRight*float64(n) {
				score, of = s, &conditions[i]
				best = rule{field: of.field, when: of.when, class: class, cases: n, right: right}
			}
		}
		if of == nil {
			break
		}
		for _, m := range of.matches {
			if !taken[m] && classes[m] == best.class && best.example == "" {
				best.example = cases[m].ID
			}
			taken[m] = true
		}
		l.rules = append(l.rules, best)
	}
	for i, t := range taken {
		if !t {
			l.left++
			l.untaken = cases[i].ID
		}
	}
	if len(l.rules) == 0 {
		l.usual(w, cases, classes)
	}
}

// usual is the list where nothing tells classes apart: the most frequent answer
// for all.
func (l *decisionList) usual(w *writer, cases []flow.Case, classes []string) {
	counts := map[string]int{}
	for _, c := range classes {
		counts[c]++
	}
	class := frequent(counts)
	if class == "" {
		class = w.classes[0]
	}
	f := w.inputs[0]
	l.rules = []rule{{field: f.Name, when: "in." + f.Name + " == in." + f.Name, class: class, cases: len(classes), right: counts[class]}}
	if at := slices.Index(classes, class); at >= 0 {
		l.rules[0].example = cases[at].ID
	}
	l.left, l.untaken = 0, ""
}

func frequent(counts map[string]int) string {
	best := ""
	for class, n := range counts {
		if best == "" || n > counts[best] || n == counts[best] && class < best {
			best = class
		}
	}
	return best
}

// conditions are those that hold for enough cases: words in texts, values of
// fields that have few, and steps of numbers.
func (l *decisionList) conditions(inputs []inspect.Field, cases []flow.Case, support int) []condition {
	var out []condition
	keep := func(field, when string, holds func(v any) bool, at int) {
		c := condition{field: field, when: when}
		for i := range cases {
			if holds(cases[i].Input.Values[at]) {
				c.matches = append(c.matches, int32(i))
			}
		}
		if len(c.matches) >= support {
			out = append(out, c)
		}
	}
	for at, f := range inputs {
		name := "in." + f.Name
		switch {
		case l.texts[f.Name]:
			for i := range cases {
				text, _ := cases[i].Input.Values[at].(string)
				cases[i].Input.Values[at] = strings.ToLower(text)
			}
			from := 0
			if f.Column.Personal != "" {
				from = commonWord
			}
			for _, word := range wordsOf(cases, at, support, from) {
				keep(f.Name, name+" contains "+literal(word), func(v any) bool { return strings.Contains(v.(string), word) }, at)
			}
		case f.Type == "string" && f.Column.Values != nil && f.Column.Distinct <= 50 && f.Column.Personal == "":
			for _, v := range f.Column.Most(50) {
				if writable(v.Value) {
					keep(f.Name, name+" == "+literal(v.Value), func(x any) bool { return x == v.Value }, at)
				}
			}
		case f.Type == "boolean":
			keep(f.Name, name+" == true", func(x any) bool { return x == true }, at)
			keep(f.Name, name+" == false", func(x any) bool { return x == false }, at)
		case f.Type == "number" || f.Type == "integer":
			known := ""
			if f.Optional {
				known = name + " != null and "
			}
			for _, step := range steps(cases, at) {
				limit := strconv.FormatFloat(step, 'f', -1, 64)
				keep(f.Name, known+name+" > "+limit, func(x any) bool { n, ok := asNumber(x); return ok && n > step }, at)
				keep(f.Name, known+name+" <= "+limit, func(x any) bool { n, ok := asNumber(x); return ok && n <= step }, at)
			}
		}
	}
	return out
}

// writable says whether a value can stand in a rule as a person would write it.
func writable(v string) bool {
	return v != "" && len(v) <= longestWord && strings.IndexFunc(v, func(r rune) bool { return !unicode.IsPrint(r) || r == unicode.ReplacementChar }) < 0
}

// wordsOf are words of four letters or more that occur in enough cases, the
// most frequent first. Of personal texts, only those that cases of so many
// clusters have: words of the trade, and nobody's name.
func wordsOf(cases []flow.Case, at, support, clusters int) []string {
	in := map[string]int{}
	of := map[string]map[string]bool{}
	for i := range cases {
		seen := map[string]bool{}
		for _, word := range strings.FieldsFunc(cases[i].Input.Values[at].(string), func(r rune) bool { return !unicode.IsLetter(r) }) {
			if n := len([]rune(word)); n >= 4 && n <= longestWord && !seen[word] && writable(word) {
				seen[word] = true
				in[word]++
				if len(of[word]) < clusters {
					if of[word] == nil {
						of[word] = map[string]bool{}
					}
					of[word][cases[i].Cluster] = true
				}
			}
		}
	}
	var out []string
	for word, n := range in {
		if n >= support && len(of[word]) >= clusters {
			out = append(out, word)
		}
	}
	slices.SortFunc(out, func(a, b string) int { return cmp.Or(in[b]-in[a], strings.Compare(a, b)) })
	return out[:min(len(out), listWords)]
}

// steps are up to nine limits that part the numbers into equally many.
func steps(cases []flow.Case, at int) []float64 {
	var all []float64
	for i := range cases {
		if x, ok := asNumber(cases[i].Input.Values[at]); ok {
			all = append(all, x)
		}
	}
	if len(all) == 0 {
		return nil
	}
	slices.Sort(all)
	var out []float64
	for d := 1; d < 10; d++ {
		out = append(out, all[d*(len(all)-1)/10])
	}
	return slices.Compact(out)
}

func asNumber(v any) (float64, bool) {
	switch x := v.(type) {
	case float64:
		return x, true
	case int64:
		return float64(x), true
	}
	return 0, false
}

// constantOf is the answer for all cases as an expression: the median of
// numbers, else the most frequent one.
func constantOf(cases []flow.Case, f *inspect.Field) string {
	var numbers []float64
	counts := map[string]int{}
	for _, c := range cases {
		switch v := c.Label.Outcome.Values[0].(type) {
		case string:
			if writable(v) {
				counts[v]++
			}
		case bool:
			counts[strconv.FormatBool(v)]++
		default:
			if x, ok := asNumber(v); ok {
				numbers = append(numbers, x)
			}
		}
	}
	slices.Sort(numbers)
	median := 0.0
	if len(numbers) > 0 {
		median = numbers[len(numbers)/2]
	}
	switch f.Type {
	case "integer":
		return strconv.FormatInt(int64(median), 10)
	case "number":
		text := strconv.FormatFloat(median, 'f', -1, 64)
		if !strings.Contains(text, ".") {
			text += ".0"
		}
		return text
	case "boolean":
		return cmp.Or(frequent(counts), "false")
	}
	return literal(frequent(counts))
}

// madeOn says which cases a list was made on.
func (l *decisionList) madeOn() string {
	if l.split == "" {
		return fmt.Sprintf("all %d labelled cases (the card has no splits, so the cases that are\nreplayed are those that it was made on, and its figures flatter it)", l.cases)
	}
	if l.cases == listCases {
		return fmt.Sprintf("the first %d labelled cases of split %s", l.cases, l.split)
	}
	return fmt.Sprintf("the %d labelled cases of split %s", l.cases, l.split)
}

func (l *decisionList) comment() string {
	if len(l.rules) == 1 && l.left == 0 && strings.Contains(l.rules[0].when, " == in.") {
		return "The most frequent answer for every case, counted on " + l.madeOn() + ".\nNothing simple told the answers apart: put rules of your own in its place."
	}
	return fmt.Sprintf("A first decision list, made to be edited: the first rule that matches decides.\nIt was made on %s,\none rule after the other: the most reliable one for the cases that no rule took\nbefore. Behind each stands how many of those it took it got right there.\nNo rule took %d of the cases; such go to people.", l.madeOn(), l.left)
}

func (l *decisionList) constantComment() string {
	return "One answer for all cases, from " + l.madeOn() + ":\nthe median of numbers, or the most frequent text. It is the place for rules of\nyour own; a step of kind extract reads values out of texts."
}
