package dataset

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rehearse-dev/rehearse/flow"
)

func TestLoad(t *testing.T) {
	t.Setenv("ELSEWHERE", "/data")
	c, diags := Parse("x/dataset.yaml", []byte(`
dataset: invoice-2025
source: [cases.parquet, '${ELSEWHERE}/more/late.csv.gz']
id: case_id
time: received_at
cluster: vendor_id
weight: w
input: {text: text, amount: {column: total.net, type: number}}
labels:
  outcome: [decision]
  steps: {extract: {po: gold_po}}
  routes: {decide: gold_route}
  needs_person: needs
  person: {decision: clerk_decision, minutes: clerk_minutes}
recorded: {answer: model_answer}
tags: [channel]
personal: text
after_the_fact: [paid_at, clerk_decision]
splits: {by: time, train: ..2025-06-01, dev: 2025-06-01..2025-10-01T12:00:00Z, test: 2025-10-01T12:00:00Z..}
label_source: {decision: adjudicated, person: clerk, extract: policy}
licence: CC0-1.0
`))
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	day := func(m time.Month, h int) time.Time { return time.Date(2025, m, 1, h, 0, 0, 0, time.UTC) }
	want := &Card{
		File: "x/dataset.yaml", Dir: "x", Name: "invoice-2025",
		Sources: []string{filepath.Join("x", "cases.parquet"), "/data/more/late.csv.gz"},
		ID:      "case_id", Time: "received_at", Cluster: "vendor_id", Weight: "w",
		Input:   []Column{{Field: "text", Column: "text"}, {Field: "amount", Column: "total.net", Type: &flow.Type{Kind: flow.Number}}},
		Outcome: []Column{{Field: "decision", Column: "decision"}},
		Steps:   map[string][]Column{"extract": {{Field: "po", Column: "gold_po"}}},
		Routes:  []Column{{Field: "decide", Column: "gold_route"}},
		Needs:   "needs", Minutes: "clerk_minutes",
		Person:   []Column{{Field: "decision", Column: "clerk_decision"}},
		Recorded: []Column{{Field: "answer", Column: "model_answer"}},
		Tags:     []string{"channel"}, Personal: []string{"text"}, After: []string{"paid_at", "clerk_decision"},
		Splits: Splits{By: "time", Windows: []Window{
			{Split: "train", To: day(6, 0)}, {Split: "dev", From: day(6, 0), To: day(10, 12)}, {Split: "test", From: day(10, 12)},
		}},
		LabelSource: map[string]string{"decision": "adjudicated", "person": "clerk", "extract": "policy"},
		Licence:     "CC0-1.0",
	}
	if diff := cmp.Diff(want, c, cmpopts.IgnoreUnexported(Card{}), cmpopts.IgnoreFields(Card{}, "Digest"), cmpopts.IgnoreTypes(flow.Pos{})); diff != "" {
		t.Errorf("card (-want +got):\n%s", diff)
	}
	if got := c.Input[1].Pos.String(); got != "x/dataset.yaml:8:38" {
		t.Errorf("position of the amount = %s", got)
	}
	if diff := cmp.Diff([]string{"train", "dev", "test"}, c.SplitNames()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff([]string{"text"}, c.PersonalFields()); diff != "" {
		t.Error(diff)
	}
}

func TestLoadBad(t *testing.T) {
	const ok = "source: a.csv\n"
	tests := []struct{ why, card, want string }{
		{"nothing to read", "id: x\n", `c.yaml:1:1: missing key "source"`},
		{"a slip in a key", ok + "clutser: x\n", `c.yaml:2:1: unknown key "clutser" (did you mean "cluster"?)`},
		{"all errors at once", ok + "clutser: x\nformat: xls\n", `c.yaml:2:1: unknown key "clutser" (did you mean "cluster"?)
c.yaml:3:9: unknown format "xls" (one of "csv", "jsonl", "parquet")`},
		{"format not told", "source: data.txt\n", `c.yaml:1:9: "data.txt" does not say its format (name it *.parquet, *.csv or *.jsonl, or add "format: csv")`},
		{"environment not set", "source: ${NOT_SET_ANYWHERE}/a.csv\n", `c.yaml:1:9: "${NOT_SET_ANYWHERE}/a.csv": the environment variable NOT_SET_ANYWHERE is not set`},
		{"half a variable", "source: ${HOME/a.csv\n", `c.yaml:1:9: "${HOME/a.csv" does not start with a variable like ${NAME}/`},
		{"known only later", ok + "input: {text: t, paid: paid_at}\nafter_the_fact: [paid_at]\n", `c.yaml:2:24: input "paid" is column "paid_at", which is known only after the fact (c.yaml:3:18) (no design has it when the case comes)`},
		{"a part of what is known only later", ok + "input: {paid: end.at}\nafter_the_fact: [end]\n", `c.yaml:2:15: input "paid" is column "end.at", which is known only after the fact (c.yaml:3:18) (no design has it when the case comes)`},
		{"a label as input", ok + "input: {text: y}\nlabels: {outcome: {decision: y}}\n", `c.yaml:2:15: input "text" is column "y", which is a label: the right "decision" (c.yaml:3:30) (no design may see it)`},
		{"unknown type", ok + "input: {a: {column: b, type: nubmer}}\n", `c.yaml:2:30: "nubmer" is no type of a column (did you mean "number"?)`},
		{"a time of no column", ok + "time: {as: date}\n", `c.yaml:2:7: missing key "column"`},
		{"a time that is money", ok + "time: {column: t, as: money}\n", `c.yaml:2:23: a time is no money (as: date)`},
		{"an unknown order of a time", ok + "time: {column: t, as: date, dates: ymd}\n", `c.yaml:2:36: unknown order of dates "ymd" (dmy or mdy)`},
		{"unknown way of writing", ok + "input: {a: {column: b, as: mony}}\n", `c.yaml:2:28: unknown way of writing "mony" (did you mean "money"?)`},
		{"unknown order of dates", ok + "input: {a: {column: b, as: date, dates: ymd}}\n", `c.yaml:2:41: unknown order of dates "ymd" (dmy or mdy)`},
		{"an order without dates", ok + "input: {a: {column: b, dates: mdy}}\n", `c.yaml:2:31: dates is for a column of dates as people write them (add "as: date")`},
		{"input is a word", ok + "input: text\n", `c.yaml:2:8: "text" is no mapping of fields to columns ({field: column}, or [column, ...] where both have one name)`},
		{"a column twice", ok + "input: [a, a]\n", `c.yaml:2:12: column "a" twice`},
		{"unknown way to split", ok + "splits: {by: tmie}\n", `c.yaml:2:14: splits by "tmie" (did you mean "time"?)`},
		{"no way to split", ok + "splits: {train: 0.5}\n", `c.yaml:2:9: splits has no key "by" (one of "column", "hash", "time")`},
		{"unknown split", ok + "splits: {by: hash, training: 0.5, dev: 0.5}\n", `c.yaml:2:20: unknown key "training" (did you mean "train"?)`},
		{"no time", ok + "splits: {by: time, train: ..2025-01-01}\n", `c.yaml:2:9: splits by time need a time column (add "time: <column>")`},
		{"windows overlap", ok + "time: t\nsplits: {by: time, train: ..2025-02-01, dev: 2025-01-01..}\n", `c.yaml:3:46: dev overlaps train (c.yaml:3:27) (the end of a window is not part of it)`},
		{"no window", ok + "time: t\nsplits: {by: time, dev: 2025-01-01}\n", `c.yaml:3:25: "2025-01-01" is not a window of time like 2025-06-01..2025-08-01 or ..2025-06-01`},
		{"no date", ok + "time: t\nsplits: {by: time, dev: 1.6.2025..}\n", `c.yaml:3:25: "1.6.2025" is not a date like 2025-06-01 or a time like 2025-06-01T09:00:00Z`},
		{"backwards", ok + "time: t\nsplits: {by: time, dev: 2025-02-01..2025-01-01}\n", `c.yaml:3:25: "2025-02-01..2025-01-01" ends before it starts`},
		{"too much", ok + "splits: {by: hash, train: 0.8, dev: 0.4}\n", `c.yaml:2:9: the shares add up to 1.2, want at most 1`},
		{"a value twice", ok + "splits: {by: column, column: s, train: [a], dev: [a, b]}\n", `c.yaml:2:51: value "a" is in train and in dev`},
		{"nothing declared", ok + "splits: {by: column, column: s}\n", `c.yaml:2:9: splits declares no split (one of "train", "calibration", "dev", "test")`},
		{"source of no label", ok + "labels: {outcome: {decision: y}}\nlabel_source: {decison: clerk}\n", `c.yaml:3:16: label_source names "decison", which the card does not label (did you mean "decision"?)`},
		{"unknown source", ok + "labels: {outcome: {decision: y}}\nlabel_source: {decision: guess}\n", `c.yaml:3:26: unknown source of a label "guess" (one of "adjudicated", "censored", "clerk", "policy")`},
		{"trials of what", ok + "repeat: r\n", `c.yaml:2:9: a repeat column needs the id column that its rows share (add "id: <column>")`},
		{"a tag twice", ok + "tags: [a, a]\n", `c.yaml:2:11: "a" twice in tags (first at c.yaml:2:8)`},
		{"no YAML", "source: [a\n", `c.yaml:2:1: did not find expected ',' or ']' (an expression that holds ": " or "," is written in quotes)`},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			_, diags := Parse("c.yaml", []byte(tt.card))
			if got := diags.Error(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestAfterwards(t *testing.T) {
	card, diags := Parse("x/dataset.yaml", []byte(`
source: cases.csv
input: {text: text}
labels: {outcome: {decision: verdict}, person: {decision: clerk, minutes: minutes}}
tags: [channel, verdict, reason]
after_the_fact: [reason]
`))
	if err := diags.Err(); err != nil {
		t.Fatal(err)
	}
	for column, want := range map[string]bool{"text": false, "channel": false, "verdict": true, "clerk": true, "minutes": true, "reason": true} {
		if got := card.Afterwards(column); got != want {
			t.Errorf("%s: %v, want %v", column, got, want)
		}
	}
}

func TestLoadNoFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "none.yaml")
	c, diags := Load(path)
	if c != nil || diags.Error() != path+": no such file" {
		t.Errorf("Load = %v, %v", c, diags)
	}
}

func FuzzLoad(f *testing.F) {
	f.Add("source: a.csv\ninput: [a]\nsplits: {by: hash, train: 0.5}\n")
	f.Add("source: [a.csv]\ntime: t\nsplits: {by: time, train: ..2025-01-01, dev: 2025-01-01..}\nlabels: {outcome: {a: b}, person: {minutes: m}}\n")
	f.Add("source: ${X}/a\nlabel_source: {a: clerk}\nrecorded: {a: {column: b, type: any}}\nlabels:\n  steps: {a: [b]}\n")
	shipped, _ := os.ReadFile(filepath.Join("..", "..", "datasets", "invoice", "dataset.yaml"))
	f.Add(string(shipped))
	f.Fuzz(func(t *testing.T, text string) {
		c, diags := Parse("c.yaml", []byte(text))
		for _, d := range diags {
			if d.Pos.File == "" || d.Pos.Line == 0 || strings.TrimSpace(d.Message) == "" {
				t.Errorf("a diagnostic without its place: %v", d)
			}
		}
		if c != nil && diags.Err() == nil {
			c.SplitNames()
			c.PersonalFields()
		}
	})
}
