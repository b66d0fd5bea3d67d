package report

import (
	"fmt"
	"io"
	"math"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/estimate"
	"github.com/rehearse-dev/rehearse/internal/record"
	"github.com/rehearse-dev/rehearse/internal/sizing"
)

// Plan is what a run is expected to call, spend and take.
type Plan struct {
	Workflow string           `json:"workflow"`
	Currency string           `json:"currency,omitempty"`
	Cases    int64            `json:"cases"`
	Repeats  int              `json:"repeats"`
	Steps    []*estimate.Step `json:"steps"`
	Total    record.Estimate  `json:"total"`
	// Sizes say how many cases are needed, and what those at hand can show.
	Sizes *sizing.Result `json:"sizes,omitempty"`
}

// JSON prints it for programs.
func (p Plan) JSON(w io.Writer) error { return indented(w, p) }

// Text prints it for a terminal.
func (p Plan) Text(w io.Writer, o TextOptions) error { return p.document().text(w, o) }

// Markdown prints it for a page.
func (p Plan) Markdown(w io.Writer) error { return p.document().markdown(w) }

// HTML prints it as a page.
func (p Plan) HTML(w io.Writer) error { return p.document().html(w, "Plan") }

func (p Plan) document() document {
	d := document{title: "Plan of " + p.Workflow, subtitle: fmt.Sprintf("%s cases, %d a case.", whole(float64(p.Cases)), p.Repeats)}
	var n notes
	if len(p.Steps) == 0 {
		d.lead = []string{"no step of these designs makes calls that cost"}
		d.tables = p.cases(&n)
		d.footnotes = n.texts
		return d
	}
	t := table{
		title: "Calls", intro: "Expected, and between which values. Stored are calls that stored answers save.",
		head: []string{"design", "step", "model", "calls", "stored", "tokens in", "tokens out", "money", "time"},
	}
	t.right = numbers(len(t.head))
	t.right[1], t.right[2] = false, false
	assumed, untimed, unpriced, deeper, pressed, rounds, batches := false, false, false, false, false, false, false
	for _, s := range p.Steps {
		money := none
		if s.Terms.Priced {
			money = p.money(s.Money)
		}
		answers := !s.Terms.Embeds && s.Terms.PerCall == 0
		assumed = assumed || s.Learnt == 0 && s.Calls.High > 0
		untimed = untimed || s.Untimed && !s.Terms.Batches && s.Calls.High > 0
		unpriced = unpriced || !s.Terms.Priced
		deeper = deeper || s.Calls.Low*float64(1+s.Terms.Rounds) < s.Calls.High
		pressed = pressed || answers && s.Terms.MaxTokens == 0 && s.Learnt == 0
		rounds = rounds || s.Terms.Rounds > 0 && s.Calls.High > 0
		batches = batches || s.Terms.Batches
		takes := ranged(s.Seconds, lasting)
		if s.Terms.Batches {
			takes = "batch"
		}
		t.rows = append(t.rows, []string{
			s.Design, s.Step, s.Terms.Model, ranged(s.Calls, whole), whole(float64(s.Stored)), ranged(s.In, grouped), ranged(s.Out, grouped), money, takes,
		})
	}
	d.lead = []string{
		fmt.Sprintf("calls: %s; stored answers save %s", ranged(p.Total.Calls, whole), whole(float64(p.Total.Stored))),
		"money: " + p.money(p.Total.Money),
		"time: " + ranged(p.Total.Seconds, lasting),
	}
	if assumed {
		t.notes = append(t.notes, n.add("nothing is stored of the model or system: a token for four bytes, 256 tokens an answer of a model (or max_tokens) and 2 s a call are assumed"))
	}
	if untimed {
		t.notes = append(t.notes, n.add("the stored answers of the model came in batches, which do not tell how long a call takes: 2 s a call are assumed"))
	}
	if pressed {
		t.notes = append(t.notes, n.add("without max_tokens an answer may be of any length: 1,024 tokens are taken as the high end"))
	}
	if deeper {
		t.notes = append(t.notes, n.add("cases whose earlier answers are not stored may not get to the step: the low end leaves them out"))
	}
	if rounds {
		t.notes = append(t.notes, n.add("a model that may call tools is asked again after each round: one round is expected, all are the high end, and what tools give back is not counted"))
	}
	if batches {
		t.notes = append(t.notes, n.add("asked in batches, at their prices: how long one takes is up to the endpoint, within its window of a day, and a question that hangs on an answer waits for the batch before; time leaves them out"))
	}
	if unpriced {
		t.notes = append(t.notes, n.add("the step has no prices, so money leaves it out"))
	}
	d.tables = append([]table{t}, p.cases(&n)...)
	d.footnotes = n.texts
	return d
}

func (p Plan) money(r record.Range) string {
	return strings.TrimSpace(ranged(r, func(v float64) string { return strconv.FormatFloat(v, 'f', 4, 64) }) + " " + p.Currency)
}

// ranged is an expected value with its range, where it has one.
func ranged(r record.Range, format func(float64) string) string {
	low, expected, high := format(r.Low), format(r.Expected), format(r.High)
	if low == high {
		return expected
	}
	return fmt.Sprintf("%s (%s to %s)", expected, low, high)
}

// lasting is a number of seconds as people say it.
func lasting(seconds float64) string {
	unit := time.Second
	if seconds < 10 {
		unit = 100 * time.Millisecond
	}
	return time.Duration(math.Min(seconds, 1e9) * float64(time.Second)).Round(unit).String()
}
