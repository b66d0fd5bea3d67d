package dataset

import (
	"context"
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
)

const reviewedEntry = "reviewed:\n  - {case: a, field: y, from: '1', to: '2', by: ann, at: 2026-11-21, why: read it}\n"

func TestParseReviewFaults(t *testing.T) {
	for _, tt := range []struct{ why, text, want string }{
		{"it is whole", reviewedEntry, ""},
		{"nobody can tell", strings.Replace(reviewedEntry, "to: '2'", "unknown: true", 1), ""},
		{"a time", strings.Replace(reviewedEntry, "2026-11-21", "2026-11-21T10:00:00Z", 1), ""},
		{"neither is said", strings.Replace(reviewedEntry, "to: '2', ", "", 1), `review.yaml:2:12: case "a": want one of "to", the right label, and "unknown: true", where nobody can tell`},
		{"both are said", strings.Replace(reviewedEntry, "by:", "unknown: true, by:", 1), `review.yaml:2:12: case "a": want one of "to", the right label, and "unknown: true", where nobody can tell`},
		{"a draft that nobody reviewed", strings.Replace(reviewedEntry, "by: ann", "by: ''", 1), "review.yaml:2:50: by is empty (who reviewed the label)"},
		{"no reason", strings.Replace(reviewedEntry, ", why: read it", "", 1), `review.yaml:2:5: missing key "why"`},
		{"no date", strings.Replace(reviewedEntry, "2026-11-21", "yesterday", 1), `review.yaml:2:58: "yesterday" is no date or time (as 2006-01-02)`},
		{"no such field", strings.Replace(reviewedEntry, "field: y", "field: x", 1), `review.yaml:2:22: the card labels no outcome field "x" (did you mean "y"?)`},
		{"twice", reviewedEntry + strings.TrimPrefix(reviewedEntry, "reviewed:\n"), `review.yaml:3:12: case "a", field "y" was reviewed already (first at review.yaml:2:12)`},
		{"an unknown key", strings.Replace(reviewedEntry, "by: ann", "who: ann", 1), `unknown key "who"`},
		{"no list", "reviewed: 3\n", "review.yaml:1:11"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			_, diags := ParseReview("review.yaml", []byte(tt.text), []string{"y"})
			got := ""
			if err := diags.Err(); err != nil {
				got = err.Error()
			}
			if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
				t.Errorf("got\n%s\nwant\n%s", got, tt.want)
			}
		})
	}
}

func TestReviewedLabels(t *testing.T) {
	entry := func(c, from, rest string) string {
		return fmt.Sprintf("  - {case: %s, field: y, from: %s, %s, by: ann, at: 2026-11-21, why: read it}\n", c, from, rest)
	}
	for _, tt := range []struct{ why, review, want, fault string }{
		{"one is corrected, one nobody can tell, one is upheld, one got a label", entry("a", "'1'", "to: '2'") + entry("b", "1", "unknown: true") + entry("c", "2", "to: 2") + entry("d", "''", "to: 1"), "a=2 b=<nil> c=2 d=1", ""},
		{"numbers compare as numbers", entry("a", "01", "to: 3"), "a=3 b=1 c=2 d=<nil>", ""},
		{"the source has another label by now", entry("a", "7", "to: 2"), "", `review.yaml:2:12: case "a", field "y": the label in`},
		{"the right label is none of its type", entry("a", "1", "to: two"), "", `review.yaml:2:12: to: "two" is no`},
	} {
		t.Run(tt.why, func(t *testing.T) {
			dir := t.TempDir()
			write(t, dir, "a.csv", "id,y\na,1\nb,1\nc,2\nd,\n")
			write(t, dir, "review.yaml", "reviewed:\n"+tt.review)
			c := loadCard(t, dir, "source: a.csv\nid: id\nlabels: {outcome: {y: y}}\nreview: review.yaml\n")
			cases, err := readAll(c, Request{Outcome: schema("y", flow.Integer), WantLabels: true})
			var got []string
			for _, k := range cases {
				if k.Label != nil {
					got = append(got, fmt.Sprintf("%s=%v", k.ID, k.Label.Outcome.Values[0]))
				}
			}
			switch {
			case tt.fault != "":
				if err == nil || !strings.Contains(err.Error(), tt.fault) {
					t.Errorf("got %v, want %s", err, tt.fault)
				}
			case err != nil:
				t.Fatal(err)
			default:
				if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
					t.Error(diff)
				}
			}
		})
	}
}

// A review makes the dataset another one, and what it says of cases that are
// not there is said.
func TestReviewIsPartOfTheDataset(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv", "id,y\na,1\n")
	write(t, dir, "review.yaml", reviewedEntry)
	const card = "source: a.csv\nid: id\nlabels: {outcome: {y: y}}\nreview: review.yaml\n"
	digest := func() string {
		d, err := loadCard(t, dir, card).Digests(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		return d.Whole()
	}
	before := digest()
	write(t, dir, "review.yaml", strings.Replace(reviewedEntry, "to: '2'", "to: '3'", 1))
	if digest() == before {
		t.Error("another review, and the digest is the same")
	}
	write(t, dir, "review.yaml", strings.Replace(reviewedEntry, "case: a", "case: z", 1))
	s, err := loadCard(t, dir, card).Survey(context.Background())
	if err != nil || len(s.Warnings) != 1 || !strings.Contains(s.Warnings[0], `reviews cases that are not in the dataset: 1, such as "z"`) {
		t.Errorf("%v, %v", s, err)
	}
	write(t, dir, "dataset.yaml", card)
	write(t, dir, "review.yaml", "reviewed: [\n")
	if _, diags := Load(dir + "/dataset.yaml"); diags.Err() == nil {
		t.Error("a broken review file is read")
	}
}

func FuzzReview(f *testing.F) {
	f.Add(reviewedEntry)
	f.Add("reviewed:\n  - {case: a, unknown: true}\n")
	f.Fuzz(func(t *testing.T, text string) {
		reviewed, diags := ParseReview("review.yaml", []byte(text), []string{"y"})
		for _, d := range diags {
			if d.Pos.Line == 0 {
				t.Errorf("a fault without a place: %v", d)
			}
		}
		for _, r := range reviewed {
			if diags.Err() == nil && (r.Case == "" || r.By == "" || r.Why == "" || r.Field != "y") {
				t.Errorf("taken as whole: %+v", r)
			}
		}
	})
}
