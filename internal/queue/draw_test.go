package queue

import (
	"bytes"
	"fmt"
	"math"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestParseAmount(t *testing.T) {
	for _, tt := range []struct {
		why, text string
		of        int // 200 cases
		ok        bool
	}{
		{"a number", "50", 50, true}, {"none", "0", 0, true}, {"more than there are", "500", 200, true},
		{"percent", "5%", 10, true}, {"a share", "0.05", 10, true}, {"rounded up", "0.1%", 1, true}, {"all", "100%", 200, true}, {"one case is no share", "1", 1, true},
		{"more than all", "101%", 0, false}, {"nothing of all", "0%", 0, false}, {"below zero", "-3", 0, false}, {"words", "half", 0, false}, {"empty", "", 0, false}, {"no number", "NaN%", 0, false},
	} {
		a, err := ParseAmount(tt.text)
		if (err == nil) != tt.ok || tt.ok && a.of(200) != tt.of {
			t.Errorf("%s: %q is %+v (%v), %d of 200, want %d", tt.why, tt.text, a, err, a.of(200), tt.of)
		}
	}
}

// world are cases whose answers are the more often wrong the more doubtful they
// are, so that what is taken for its doubt does not stand for the rest.
func world(n int, rng *rand.Rand) (cases []Candidate, right []bool) {
	for i := range n {
		u := rng.Float64() * rng.Float64()
		c := Candidate{Case: fmt.Sprintf("c%04d", i), Weight: 1, Uncertainty: u, Stake: 1, Tags: []string{fmt.Sprint(i % 3)}}
		if i%10 == 0 {
			c.Ended = Escalated
		}
		cases = append(cases, c)
		right = append(right, rng.Float64() > u)
	}
	return cases, right
}

// Over many draws the weighted estimate of accuracy is that of all automated
// cases, and the share right among the reviewed is not: what was taken for its
// doubt is wrong more often.
func TestWeightsAreUnbiased(t *testing.T) {
	rng := rand.New(rand.NewPCG(9, 1))
	cases, right := world(600, rng)
	at := map[string]int{}
	truth, automated := 0.0, 0
	for i, c := range cases {
		at[c.Case] = i
		if c.Ended == "" {
			automated++
			if right[i] {
				truth++
			}
		}
	}
	truth /= float64(automated)
	const draws = 1000
	var weighted, squares, plain, covered float64
	for seed := range uint64(draws) {
		frame, entries := Draw(cases, Plan{Audit: Amount{Cases: 60}, More: 60, Seed: seed})
		sum, n, k, total := 0.0, 0, 0, 0.0
		for _, e := range entries {
			if !e.Automated {
				continue
			}
			n++
			total += e.Sampling
			if right[at[e.Case]] {
				sum += e.Sampling
				k++
			}
		}
		if frame.OthersDrawn > 0 && math.Abs(total-float64(automated)) > 1e-6 {
			t.Fatalf("seed %d: weights add up to %v, want %d", seed, total, automated)
		}
		p := sum / float64(automated)
		weighted += p / draws
		squares += p * p / draws
		plain += float64(k) / float64(n) / draws
		if math.Abs(p-truth) < 0.1 {
			covered++
		}
	}
	se := math.Sqrt((squares - weighted*weighted) / draws)
	if math.Abs(weighted-truth) > 4*se {
		t.Errorf("the weighted estimate is %.5f over %d draws, want %.5f within 4 × %.5f", weighted, draws, truth, se)
	}
	if truth-plain < 0.05 {
		t.Errorf("the unweighted share is %.4f, and the accuracy %.4f: the test shows nothing", plain, truth)
	}
	if covered < draws*0.9 {
		t.Errorf("estimates within 0.1 of the accuracy in %.0f of %d draws", covered, draws)
	}
}

// Every case is in the queue with the probability that it is given.
func TestInclusionProbabilities(t *testing.T) {
	rng := rand.New(rand.NewPCG(4, 4))
	cases, _ := world(60, rng)
	const draws = 1000
	seen, said := map[string]float64{}, map[string]float64{}
	for seed := range uint64(draws) {
		_, entries := Draw(cases, Plan{Audit: Amount{Share: 0.2}, More: 8, Seed: seed})
		for _, e := range entries {
			seen[e.Case]++
			if e.Taken {
				said[e.Case] = 1
			}
		}
	}
	for _, c := range cases {
		want := 11.0 / 54 // of 54 automated cases
		switch {
		case said[c.Case] == 1:
			want = 1
		case c.Ended != "":
			want = 0
		}
		got := seen[c.Case] / draws
		if math.Abs(got-want) > 4*math.Sqrt(want*(1-want)/draws)+1e-9 {
			t.Errorf("case %s is in %.4f of the queues, want %.4f", c.Case, got, want)
		}
	}
}

func TestMostTelling(t *testing.T) {
	cases := []Candidate{
		{Case: "sure", Uncertainty: 0.01, Stake: 1},
		{Case: "doubtful", Uncertainty: 0.5, Stake: 1},
		{Case: "cheap", Uncertainty: 0.5, Stake: 0.1},
		{Case: "known", Uncertainty: 1, Stake: 1, Known: true},
		{Case: "nothing at stake", Uncertainty: 1, Stake: 0},
		{Case: "escalated", Uncertainty: 0.9, Stake: 1, Ended: Escalated},
	}
	_, entries := Draw(cases, Plan{More: 4})
	var got []string
	for _, e := range entries {
		got = append(got, fmt.Sprintf("%s: %s", e.Case, e.For))
	}
	if diff := cmp.Diff([]string{"escalated: escalated", "doubtful: doubtful", "cheap: doubtful", "sure: doubtful"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Of cases as doubtful as each other, those of segments that little is known of
// come first, and segments take turns.
func TestGapsFill(t *testing.T) {
	var cases []Candidate
	for i := range 20 {
		tag := "often"
		if i%5 == 0 {
			tag = "rare"
		}
		cases = append(cases, Candidate{Case: fmt.Sprintf("c%02d", i), Uncertainty: 0.5, Stake: 1, Tags: []string{tag}, Labelled: i > 15})
	}
	_, entries := Draw(cases, Plan{More: 6})
	var got []string
	for _, e := range entries {
		i := slices.IndexFunc(cases, func(c Candidate) bool { return c.Case == e.Case })
		got = append(got, cases[i].Tags[0])
	}
	if want := "rare rare rare rare often often"; strings.Join(got, " ") != want {
		t.Errorf("got %v, want %s: four labelled cases are often, none is rare", got, want)
	}
}

// Whatever is drawn from, weights add up to what was automated, nobody is in the
// queue twice, and the order of the cases tells nothing.
func TestDrawProperties(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		n := rapid.IntRange(0, 60).Draw(t, "cases")
		cases := make([]Candidate, n)
		for i := range cases {
			cases[i] = Candidate{
				Case: fmt.Sprint(i), Weight: 1, Ended: rapid.SampledFrom([]Reason{"", "", "", Escalated, Failed}).Draw(t, "ended"),
				Known: rapid.Bool().Draw(t, "known"), Uncertainty: rapid.Float64Range(0, 1).Draw(t, "u"), Stake: rapid.Float64Range(0, 1).Draw(t, "stake"),
				Tags: []string{rapid.SampledFrom([]string{"a", "b", ""}).Draw(t, "tag")},
			}
		}
		p := Plan{Audit: Amount{Cases: rapid.IntRange(0, 70).Draw(t, "audit")}, More: rapid.IntRange(0, 70).Draw(t, "more"), Seed: rapid.Uint64().Draw(t, "seed")}
		frame, entries := Draw(cases, p)
		seen, total := map[string]bool{}, 0.0
		for i, e := range entries {
			if seen[e.Case] || e.Number != i+1 || !(e.Inclusion > 0 && e.Inclusion <= 1) {
				t.Fatalf("entry %+v", e)
			}
			seen[e.Case] = true
			if e.Automated {
				total += e.Sampling
			}
		}
		if (frame.Others == 0 || frame.OthersDrawn > 0) && math.Abs(total-float64(frame.Automated)) > 1e-6 {
			t.Fatalf("weights add up to %v: %+v", total, frame)
		}
		slices.Reverse(cases)
		_, again := Draw(cases, p)
		if diff := cmp.Diff(entries, again); diff != "" {
			t.Fatalf("in another order (-first +second):\n%s", diff)
		}
	})
}

func TestFile(t *testing.T) {
	q := &Queue{Header: Header{FormatVersion: FormatVersion, Outcome: []string{"queue"}}}
	_, q.Entries = Draw([]Candidate{{Case: "a", Uncertainty: 0.2, Stake: 1}, {Case: "b"}}, Plan{Audit: Amount{Cases: 1}, More: 1})
	q.Entries[0].Input = []Value{{Field: "text", Text: "=1+1"}, {Field: "n", Text: "-3"}}
	q.identify()
	var b bytes.Buffer
	if err := q.WriteJSONL(&b); err != nil {
		t.Fatal(err)
	}
	text := b.String()
	again, err := Parse("q", &b)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(q, again); diff != "" {
		t.Errorf("(-written +read):\n%s", diff)
	}
	var table bytes.Buffer
	if err := q.WriteCSV(&table, false); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(table.String(), `,'=1+1,-3,`) {
		t.Errorf("a formula of a spreadsheet, or a number, is not written as a text: %s", &table)
	}
	lines := strings.SplitAfter(text, "\n")
	for _, tt := range []struct{ why, text, want string }{
		{"nothing", "", "q:1:1: empty"},
		{"no head", lines[1], "q:1:1: not the head of a review queue"},
		{"another format", strings.Replace(text, `"format_version":1`, `"format_version":9`, 1), "q:1:1: a queue of format 9, want 1"},
		{"a case twice", lines[0] + lines[1] + lines[1], "q:3:1: case \"a\" is in line 2, too"},
		{"a probability of more than 1", lines[0] + strings.Replace(lines[1], `"inclusion":1`, `"inclusion":2`, 1), "q:2:1: entry 1 of case \"a\" with inclusion probability 2"},
		{"no JSON", lines[0] + "x\n", "q:2:1: not a case of a review queue"},
	} {
		if _, err := Parse("q", strings.NewReader(tt.text)); err == nil || !strings.HasPrefix(err.Error(), tt.want) {
			t.Errorf("%s: %v, want %s", tt.why, err, tt.want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add(`{"format_version":1,"queue":"a","outcome":["q"]}` + "\n" + `{"entry":1,"case":"a","inclusion":1}` + "\n")
	f.Fuzz(func(t *testing.T, text string) {
		q, err := Parse("q", strings.NewReader(text))
		if err != nil {
			return
		}
		if err := q.WriteCSV(&bytes.Buffer{}, true); err != nil {
			t.Fatal(err)
		}
	})
}
