package main

import (
	"bytes"
	"compress/gzip"
	"encoding/binary"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"unicode/utf16"

	"github.com/google/go-cmp/cmp"
	"github.com/parquet-go/parquet-go"

	"github.com/rehearse-dev/rehearse/app"
)

// badWorkflow, badDesign, badCard and badCases make a project that is sound.
const (
	badWorkflow = `workflow: tickets
input: {text: string, at: time, amount: number?}
outcome: {queue: {enum: [billing, tech]}, refund: {type: number, optional: true}}
teams: {desk: {people: 2, wage: 30/h, minutes: label}}
baseline: as-is
`
	badDesign = `design: as-is
workflow: tickets
steps:
  - {name: desk, kind: human, team: desk}
outcome: {queue: desk.queue}
`
	badCard = `source: cases.csv
id: id
time: at
cluster: who
weight: w
input: {text: text, at: at, amount: amount}
labels: {outcome: {queue: queue, refund: refund}, needs_person: needs, person: {minutes: minutes}}
tags: [lang]
`
	badHeader = "id,at,who,w,text,amount,queue,refund,needs,minutes,lang\n"
	badRow    = "t1,2025-01-03,ann,1,hello,12.5,billing,,no,5,en\n"
)

// badParquet is a Parquet file with the columns of the card.
func badParquet(change func(*badRecord)) string {
	r := badRecord{ID: "t1", At: "2025-01-03", Who: "ann", W: 1, Text: "hello", Amount: 12.5, Queue: "billing", Needs: "no", Minutes: 5, Lang: "en"}
	change(&r)
	var b bytes.Buffer
	w := parquet.NewGenericWriter[badRecord](&b)
	if _, err := w.Write([]badRecord{r}); err != nil {
		panic(err)
	}
	if err := w.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

type badRecord struct {
	ID      string   `parquet:"id"`
	At      string   `parquet:"at"`
	Who     string   `parquet:"who"`
	W       float64  `parquet:"w"`
	Text    string   `parquet:"text"`
	Amount  float64  `parquet:"amount"`
	Queue   string   `parquet:"queue"`
	Refund  *float64 `parquet:"refund,optional"`
	Needs   string   `parquet:"needs"`
	Minutes float64  `parquet:"minutes"`
	Lang    string   `parquet:"lang"`
	More    []string `parquet:"more,list"`
}

func packed(s string) string {
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write([]byte(s)); err != nil {
		panic(err)
	}
	if err := z.Close(); err != nil {
		panic(err)
	}
	return b.String()
}

func inUTF16(mark, s string) string {
	b := []byte(mark)
	for _, u := range utf16.Encode([]rune(s)) {
		b = binary.LittleEndian.AppendUint16(b, u)
	}
	return string(b)
}

// line is one case as JSON, with other values for some keys.
func line(change ...string) string {
	s := `{"id":"t1","at":"2025-01-03","who":"ann","w":1,"text":"hello","amount":12.5,"queue":"billing","refund":null,"needs":"no","minutes":5,"lang":"en"}` + "\n"
	return strings.NewReplacer(change...).Replace(s)
}

// badInput are files that people or accidents made, what stands in them, and
// what is run over them. What is said, and the exit code, is in
// testdata/bad-input.txt.
var badInput = []struct {
	why   string
	run   string
	files map[string]string // besides those of the project; a card's source is the file that is no YAML
}{
	{"sound", "run", nil},

	// CSV: what an export can do.
	{"a byte order mark: no fault", "run", csvFile("\ufeff" + badHeader + badRow)},
	{"the line ends of Windows: no fault", "run", csvFile(strings.ReplaceAll(badHeader+badRow, "\n", "\r\n"))},
	{"semicolons: no fault", "run", csvFile(strings.ReplaceAll(badHeader+badRow, ",", ";"))},
	{"no line end at the end: no fault", "run", csvFile(badHeader + strings.TrimSuffix(badRow, "\n"))},
	{"an empty file", "run", csvFile("")},
	{"empty lines alone", "run", csvFile("\n\n\n")},
	{"a header alone", "run", csvFile(badHeader)},
	{"no header", "run", csvFile(badRow)},
	{"UTF-16", "run", csvFile(inUTF16("\xff\xfe", badHeader+badRow))},
	{"UTF-16 without a mark", "run", csvFile(inUTF16("", badHeader+badRow))},
	{"Latin-1 in a row", "run", csvFile(badHeader + strings.Replace(badRow, "hello", "caf\xe9", 1))},
	{"Latin-1 in the header", "run", csvFile(strings.Replace(badHeader, "lang", "l\xe4nge", 1) + badRow)},
	{"a zero byte in the header", "run", csvFile(strings.Replace(badHeader, "lang", "la\x00ng", 1) + badRow)},
	{"the line ends of old Macs", "run", csvFile(strings.ReplaceAll(badHeader+badRow, "\n", "\r"))},
	{"a quote that does not end", "run", csvFile(badHeader + strings.Replace(badRow, "hello", `"hello`, 1) + strings.Repeat(badRow, 3))},
	{"a quote inside a field", "run", csvFile(badHeader + strings.Replace(badRow, "hello", `hel"lo`, 1))},
	{"a row with a field more", "run", csvFile(badHeader + "x," + badRow)},
	{"a row with a field less", "run", csvFile(badHeader + badRow + "t2\n")},
	{"two columns of one name", "run", csvFile("id," + badHeader + "t0," + badRow)},
	{"an id twice", "run", csvFile(badHeader + badRow + badRow)},
	{"no id in a row", "run", csvFile(badHeader + badRow + strings.Replace(badRow, "t1", "", 1))},
	{"a field of three million bytes: no fault", "run", csvFile(badHeader + strings.Replace(badRow, "hello", strings.Repeat("x", 3_000_000), 1))},
	{"no time in words", "run", csvFile(badHeader + strings.Replace(badRow, "2025-01-03", "yesterday", 1))},
	{"a date of another country", "run", csvFile(badHeader + strings.Replace(badRow, "2025-01-03", "03.01.2025", 1))},
	{"a day that there is not", "run", csvFile(badHeader + strings.Replace(badRow, "2025-01-03", "2025-02-30", 1))},
	{"a number in words", "run", csvFile(badHeader + strings.Replace(badRow, "12.5", "twelve", 1))},
	{"a number with another decimal sign", "run", csvFile(badHeader + strings.Replace(badRow, "12.5", `"12,5"`, 1))},
	{"an infinite number", "run", csvFile(badHeader + strings.Replace(badRow, "12.5", "Inf", 1))},
	{"NaN is an absent number: no fault", "run", csvFile(badHeader + strings.Replace(badRow, "12.5", "NaN", 1))},
	{"a required input that is empty: no fault, what needs it breaks a handoff", "run", csvFile(badHeader + strings.Replace(badRow, "2025-01-03", "", 1))},
	{"an unknown class", "run", csvFile(badHeader + strings.Replace(badRow, "billing", "biling", 1))},
	{"no label at all: said in the report", "run", csvFile(badHeader + strings.Replace(badRow, "billing", "", 1))},
	{"a label that is no number", "run", csvFile(badHeader + strings.Replace(badRow, "billing,,", "billing,some,", 1))},
	{"neither yes nor no", "run", csvFile(badHeader + strings.Replace(badRow, ",no,", ",maybe,", 1))},
	{"minutes below zero", "run", csvFile(badHeader + strings.Replace(badRow, ",5,", ",-5,", 1))},
	{"a weight below zero", "run", csvFile(badHeader + strings.Replace(badRow, "ann,1,", "ann,-1,", 1))},
	{"a weight without end", "run", csvFile(badHeader + strings.Replace(badRow, "ann,1,", "ann,1e300,", 1))},
	{"packed, and not named so", "run", csvFile(packed(badHeader + badRow))},
	{"a workbook", "run", csvFile("PK\x03\x04\x14\x00\x06\x00\x08\x00")},
	{"an old workbook", "run", csvFile("\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1")},
	{"a Parquet file", "run", csvFile(badParquet(func(*badRecord) {}))},
	{"a web page", "run", csvFile("<!DOCTYPE html>\n<html><body>404</body></html>\n")},
	{"a PDF", "run", csvFile("%PDF-1.7\n")},
	{"a database", "run", csvFile("SQLite format 3\x00")},
	{"JSON", "run", csvFile(`[{"id": "t1"}]` + "\n")},
	{"not packed, and named so", "run", source("cases.csv.gz", badHeader+badRow)},
	{"packed and cut short", "run", source("cases.csv.gz", packed(badHeader + badRow)[:60])},
	{"not packed by zstd, and named so", "run", source("cases.csv.zst", badHeader+badRow)},

	// JSONL.
	{"sound JSONL", "run", source("cases.jsonl", line())},
	{"empty JSONL", "run", source("cases.jsonl", "")},
	{"a list of objects", "run", source("cases.jsonl", "["+strings.TrimSpace(line())+"]\n")},
	{"an object over several lines", "run", source("cases.jsonl", "{\n \"id\": \"t1\"\n}\n")},
	{"NaN in JSON", "run", source("cases.jsonl", line("12.5", "NaN"))},
	{"a comma too many", "run", source("cases.jsonl", line("}", ",}"))},
	{"a key twice", "run", source("cases.jsonl", line(`"who"`, `"id":"t2","who"`))},
	{"Latin-1 in JSON", "run", source("cases.jsonl", line("hello", "caf\xe9"))},
	{"half a character", "run", source("cases.jsonl", line("hello", `hi \ud83d`))},
	{"a word", "run", source("cases.jsonl", "hello\n")},
	{"a text", "run", source("cases.jsonl", "\"hello\"\n")},
	{"a value of another type", "run", source("cases.jsonl", line("12.5", `{"a":1}`))},
	{"a number where a time is wanted", "run", source("cases.jsonl", line(`"2025-01-03"`, "20250103"))},
	{"a key that is not there", "run", source("cases.jsonl", line(`"queue"`, `"Queue"`))},

	// Parquet.
	{"sound Parquet", "run", source("cases.parquet", badParquet(func(*badRecord) {}))},
	{"an empty Parquet file", "run", source("cases.parquet", "")},
	{"a Parquet file cut short", "run", source("cases.parquet", badParquet(func(*badRecord) {})[:400])},
	{"CSV named Parquet", "run", source("cases.parquet", badHeader+badRow)},
	{"Latin-1 in Parquet", "run", source("cases.parquet", badParquet(func(r *badRecord) { r.Text = "caf\xe9" }))},
	{"an infinite number in Parquet", "run", source("cases.parquet", badParquet(func(r *badRecord) { r.Amount = math.Inf(1) }))},
	{"Latin-1 in a list of Parquet", "dataset inspect", source("cases.parquet", badParquet(func(r *badRecord) { r.More = []string{"ok", "caf\xe9"} }))},

	// Cards.
	{"no card", "run", map[string]string{"datasets/tickets/dataset.yaml": ""}},
	{"a card without a source", "lint", card("source: cases.csv\n", "")},
	{"a slip in a key", "lint", card("cluster:", "clutser:")},
	{"a key twice in the card", "lint", card("id: id\n", "id: id\nid: id\n")},
	{"tabs in the card", "lint", card("id: id\n", "id: id\nlabel_source:\n\tqueue: clerk\n")},
	{"a card in Latin-1", "lint", card("id: id\n", "id: id # caf\xe9\n")},
	{"a card in UTF-16", "lint", map[string]string{"datasets/tickets/dataset.yaml": inUTF16("\xff\xfe", badCard)}},
	{"a card in JSON: no fault, YAML holds it", "lint", map[string]string{"datasets/tickets/dataset.yaml": `{"source": "cases.csv", "id": "id"}`}},
	{"a list as a card", "lint", map[string]string{"datasets/tickets/dataset.yaml": "- source: cases.csv\n"}},
	{"two cards in one", "lint", card("id: id\n", "id: id\n---\nid: id\n")},
	{"an alias in the card", "lint", card("id: id\n", "id: &x id\nrepeat: *x\n")},
	{"a source that is not there", "run", card("cases.csv", "case.csv")},
	{"a source that is a folder", "run", card("cases.csv", "../tickets\nformat: csv")},
	{"a source that is a loop", "run", card("cases.csv", "loop.csv")},
	{"a source of a format that is not read", "lint", card("cases.csv", "cases.xlsx")},
	{"a column that is not there", "run", card("id: id", "id: case_id")},
	{"a label that is an input", "lint", card("amount: amount}", "amount: queue}")},
	{"an input that is known later", "lint", card("tags:", "after_the_fact: [amount]\ntags:")},
	{"a label of no field", "run", card("refund: refund", "reimburse: refund")},
	{"an input that no column feeds", "run", card("at: at, amount", "amount")},
	{"shares above one", "lint", card("tags:", "splits: {by: hash, train: 0.9, dev: 0.9}\ntags:")},
	{"windows that overlap", "lint", card("tags:", "splits: {by: time, train: ..2025-02-01, dev: 2025-01-01..}\ntags:")},
	{"a window that no case is in", "run", card("tags:", "splits: {by: time, dev: 2026-01-01..}\ntags:")},
	{"a personal column that is not there", "run", card("tags:", "personal: [nmae]\ntags:")},
	{"a repeat without an id", "lint", card("id: id\n", "repeat: w\n")},

	// Workflows, designs and tests.
	{"a workflow without an outcome", "lint", map[string]string{"workflows/tickets/workflow.yaml": "workflow: tickets\ninput: {text: string}\n"}},
	{"a workflow in UTF-16", "lint", map[string]string{"workflows/tickets/workflow.yaml": inUTF16("\xff\xfe", badWorkflow)}},
	{"an empty design", "lint", map[string]string{"workflows/tickets/as-is.yaml": ""}},
	{"a design of unknown kind", "run", map[string]string{"workflows/tickets/as-is.yaml": strings.Replace(badDesign, "human", "humna", 1)}},
	{"a team that there is not", "lint", map[string]string{"workflows/tickets/as-is.yaml": strings.Replace(badDesign, "team: desk", "team: clerks", 1)}},
	{"a design cut short", "lint", map[string]string{"workflows/tickets/as-is.yaml": badDesign[:70]}},
	{"a design that is a program", "lint", map[string]string{"workflows/tickets/as-is.yaml": "\x7fELF\x02\x01\x01\x00\x00\x00"}},
	{"a test of no design", "test", map[string]string{"workflows/tickets/nosuch_test.yaml": "design: nosuch\n"}},
	{"an empty test", "test", map[string]string{"workflows/tickets/as-is_test.yaml": ""}},
	{"a test with a slip", "test", map[string]string{"workflows/tickets/as-is_test.yaml": "design: as-is\ntest: []\n"}},
}

func csvFile(content string) map[string]string { return source("cases.csv", content) }

// source is data, and the card that names it.
func source(name, content string) map[string]string {
	return map[string]string{
		"datasets/tickets/" + name:      content,
		"datasets/tickets/dataset.yaml": strings.Replace(badCard, "cases.csv", name, 1),
	}
}

// card is the sound card with a change.
func card(from, to string) map[string]string {
	changed := strings.Replace(badCard, from, to, 1)
	if changed == badCard {
		panic(fmt.Sprintf("the card has no %q", from))
	}
	return map[string]string{"datasets/tickets/dataset.yaml": changed}
}

// TestBadInput runs the real commands over broken files and compares all that
// they say, and their exit codes, with testdata/bad-input.txt.
func TestBadInput(t *testing.T) {
	golden, err := filepath.Abs("testdata/bad-input.txt")
	if err != nil {
		t.Fatal(err)
	}
	var got strings.Builder
	for _, tc := range badInput {
		dir := t.TempDir()
		files := map[string]string{
			"workflows/tickets/workflow.yaml": badWorkflow, "workflows/tickets/as-is.yaml": badDesign,
			"datasets/tickets/dataset.yaml": badCard, "datasets/tickets/cases.csv": badHeader + badRow,
		}
		for name, content := range tc.files {
			files[name] = content
		}
		for name, content := range files {
			path := filepath.Join(dir, name)
			if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.Symlink("loop.csv", filepath.Join(dir, "datasets/tickets/loop.csv")); err != nil {
			t.Skip(err)
		}
		t.Chdir(dir)
		args := map[string][]string{
			"run": {"run", "tickets", "--quiet", "--out", "out"}, "lint": {"lint"}, "test": {"test"}, "dataset inspect": {"dataset", "inspect", "tickets"},
		}[tc.run]
		var out, errOut bytes.Buffer
		code := app.Eval(app.Builtin(), append([]string{"eval"}, args...), strings.NewReader(""), &out, &errOut)
		said := errOut.String()
		if tc.run != "run" {
			said = out.String() + said
		} else if code == 0 {
			said = warnings(out.String())
		}
		fmt.Fprintf(&got, "## %s\n$ eval %s\nexit code %d\n%s\n", tc.why, tc.run, code, strings.ReplaceAll(said, dir+string(filepath.Separator), ""))
		if (code == 0) != (strings.Contains(tc.why, "no fault") || strings.Contains(tc.why, "sound") || strings.Contains(tc.why, "said in the report")) {
			t.Errorf("%s: exit code %d", tc.why, code)
		}
		if _, err := os.Stat("out/run.json"); err == nil && code == app.ExitInput && !strings.Contains(badLabels, tc.why) {
			t.Errorf("%s: a run's folder is left behind", tc.why)
		}
	}
	if *update {
		if err := os.WriteFile(golden, []byte(got.String()), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff(string(want), got.String()); d != "" {
		t.Error(d)
	}
}

// badLabels are what is found when a run is scored: its record is whole, and
// scored again once they are mended.
const badLabels = "an unknown class, a label that is no number, neither yes nor no, minutes below zero"

// warnings are the footnotes of a report.
func warnings(text string) string {
	if i := strings.Index(text, "\n[1] "); i >= 0 {
		return text[i+1:]
	}
	return ""
}
