package dataset

import (
	"bytes"
	"compress/gzip"
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"math"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/klauspost/compress/zstd"
	"pgregory.net/rapid"

	"github.com/rehearse-dev/rehearse/flow"
)

// write puts a file into a folder and gives the folder.
func write(t *testing.T, dir, name, content string) string {
	t.Helper()
	if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	return dir
}

// show writes cases as lines: id, split, time, input, outcome.
func show(cases []flow.Case) string {
	var b strings.Builder
	for _, c := range cases {
		fmt.Fprintf(&b, "%d %s %s", c.Index, c.ID, c.Split)
		if !c.Time.IsZero() {
			fmt.Fprintf(&b, " %s", c.Time.Format("2006-01-02T15:04"))
		}
		if c.Input.Schema != nil {
			fmt.Fprintf(&b, " %s", flow.AppendJSON(nil, c.Input.Schema, c.Input.Values))
		}
		if c.Label != nil {
			fmt.Fprintf(&b, " = %s", flow.AppendJSON(nil, c.Label.Outcome.Schema, c.Label.Outcome.Values))
		}
		for _, m := range c.Recorded {
			fmt.Fprintf(&b, " > %s", flow.AppendJSON(nil, m.Schema, m.Values))
		}
		b.WriteByte('\n')
	}
	return b.String()
}

const bare = "\xef\xbb\xbfid,text,amount,paid,on,kind,y\r\n" +
	"a,\"two\nlines, \"\"quoted\"\"\",1.50,yes,2025-03-01,b,approve\r\n" +
	"b,,,0,2025-03-01 10:30:00+02:00,,\r\n" +
	"c,x,nan,FALSE,2025-03-02T08:00:00Z,a,hold\r\n"

var bareInput = schema("text", flow.String, "amount", flow.Number, "paid", flow.Boolean, "on", flow.Time, "kind", flow.Type{Kind: flow.Enum, Enum: []string{"a", "b"}})

const bareWant = `0 a dev {"text":"two\nlines, \"quoted\"","amount":1.5,"paid":true,"on":"2025-03-01T00:00:00Z","kind":"b"} = {"y":"approve"}
1 b dev {"text":"","amount":null,"paid":false,"on":"2025-03-01T08:30:00Z","kind":null} = {"y":null}
2 c dev {"text":"x","amount":null,"paid":false,"on":"2025-03-02T08:00:00Z","kind":"a"} = {"y":"hold"}
`

// A file with ids, inputs and one label column needs three lines of a card.
func TestBareCSV(t *testing.T) {
	pack := map[string]func(string) string{
		"cases.csv": func(s string) string { return s },
		"cases.csv.gz": func(s string) string {
			var b bytes.Buffer
			z := gzip.NewWriter(&b)
			io.WriteString(z, s)
			z.Close()
			return b.String()
		},
		"cases.csv.zst": func(s string) string {
			z, _ := zstd.NewWriter(nil)
			return string(z.EncodeAll([]byte(s), nil))
		},
	}
	for name, packed := range pack {
		t.Run(name, func(t *testing.T) {
			c := loadCard(t, write(t, t.TempDir(), name, packed(bare)), "source: "+name+"\nlabels: {outcome: [y]}\n")
			cases := mustRead(t, c, Request{Input: bareInput, Outcome: schema("y", flow.String), WantInput: true, WantLabels: true})
			if diff := cmp.Diff(bareWant, show(cases)); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
			if cases[0].Cluster != "a" || cases[0].Weight != 1 || !cases[0].Label.Labelled() || cases[1].Label.Labelled() {
				t.Errorf("case %+v", cases[0])
			}
		})
	}
}

func TestJSONL(t *testing.T) {
	c := loadCard(t, write(t, t.TempDir(), "cases.jsonl", `{"id": 1, "text": "caf\u00e9", "n": 12345678901, "deep": {"a": {"b": [1, "x", null]}}, "x.y": true}

{"id": 2, "text": "t\"{", "n": 3.0, "deep": null, "extra": [{"}": 1}]}
{"id": 3, "deep": {"a": 5}, "text": "late", "n": "7"}
`), "source: cases.jsonl\nid: id\ninput: {text: text, n: n, list: deep.a.b, flag: x.y}\n")
	got := mustRead(t, c, Request{Input: schema("text", flow.String, "n", flow.Integer, "list", optional(flow.List), "flag", flow.Boolean), WantInput: true})
	want := `0 1 dev {"text":"café","n":12345678901,"list":[1,"x",null],"flag":true}
1 2 dev {"text":"t\"{","n":3,"list":null,"flag":null}
2 3 dev {"text":"late","n":7,"list":null,"flag":null}
`
	if diff := cmp.Diff(want, show(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

// Labels and inputs as people write them.
func TestWritten(t *testing.T) {
	c := loadCard(t, write(t, t.TempDir(), "a.csv", "id,total,paid,due\n1,\"RM 1,234.50\",25 MAR 2018,03/04/2025\n2,$9.00,24-03-18,12/31/2025\n3,,,\n"),
		"source: a.csv\ninput: {total: {column: total, as: money}, paid: {column: paid, as: date}, due: {column: due, as: date, dates: mdy}}\n")
	got := mustRead(t, c, Request{Input: schema("total", optional(flow.Number), "paid", optional(flow.Date), "due", optional(flow.Date)), WantInput: true})
	want := `0 1 dev {"total":1234.5,"paid":"2018-03-25","due":"2025-03-04"}
1 2 dev {"total":9,"paid":"2018-03-24","due":"2025-12-31"}
2 3 dev {"total":null,"paid":null,"due":null}
`
	if diff := cmp.Diff(want, show(got)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestReadBad(t *testing.T) {
	text := schema("text", flow.String)
	number := schema("n", flow.Number)
	tests := []struct {
		why, file, data, card string
		req                   Request
		want                  string // DIR stands for the folder
	}{
		{"a row too short", "a.csv", "id,text\n1,a\n\"2\n\"\n", "input: [text]", Request{Input: text, WantInput: true}, `DIR/a.csv:3: fields in the row: 1, in the header: 2`},
		{"an open quote", "a.csv", "id,text\n1,\"a\n", "input: [text]", Request{Input: text, WantInput: true}, `DIR/a.csv:2:6: a quoted field that does not end, or a quote inside it that is not doubled`},
		{"no header", "a.csv", "", "input: [text]", Request{Input: text, WantInput: true}, `DIR/a.csv: the file is empty, want a line with the names of the columns`},
		{"a column twice", "a.csv", "id,text,text\n", "input: [text]", Request{Input: text, WantInput: true}, `DIR/a.csv:1: two columns are named "text"`},
		{"a slip in a column", "a.csv", "id,text\n1,a\n", "input: {text: txt}", Request{Input: text, WantInput: true}, `DIR/dataset.yaml:2:15: input "text": DIR/a.csv has no column "txt" (did you mean "text"?)`},
		{"a slip in a key of JSON", "a.jsonl", `{"id": 1, "text": "a"}`, "input: {text: txt}", Request{Input: text, WantInput: true}, `DIR/dataset.yaml:2:15: input "text": DIR/a.jsonl has no column "txt" (did you mean "text"?)`},
		{"an input without a column", "a.csv", "id,text\n1,a\n", "input: {txet: text}", Request{Input: text, WantInput: true}, `DIR/dataset.yaml: input "text" has no column in the card (did you mean "txet"?)`},
		{"an input without input", "a.csv", "id,x\n1,a\n", "", Request{Input: text, WantInput: true}, `DIR/dataset.yaml: the card has no input, and DIR/a.csv no column "text" (add "input: {text: <column>}")`},
		{"recorded without recorded", "a.csv", "id,x\n1,a\n", "recorded: {y: x}", Request{Recorded: text, WantRecorded: true}, `DIR/dataset.yaml: recorded output "text" has no column in the card (want "y")`},
		{"a label that no outcome has", "a.csv", "id,y\n1,a\n", "labels: {outcome: {txet: y}}", Request{Outcome: text, WantLabels: true}, `DIR/dataset.yaml:2:26: the card labels "txet", and the outcome has no such field (did you mean "text"?)`},
		{"two types", "a.csv", "id,n\n1,1\n", "input: {n: {column: n, type: string}}", Request{Input: number, WantInput: true}, `DIR/dataset.yaml:2:21: column "n" is string in the card, and field "n" is number`},
		{"no number", "a.csv", "id,n\n1,1\n2,\"1\n2\"\n3,1e\n", "input: [n]", Request{Input: number, WantInput: true}, `DIR/a.csv:3, column "n": "1\n2" is not a number`},
		{"infinite", "a.csv", "id,n\n1,inf\n", "input: [n]", Request{Input: number, WantInput: true}, `DIR/a.csv:2, column "n": +Inf is no finite number`},
		{"no probability", "a.jsonl", `{"id": 1, "n": 1.5}`, "input: [n]", Request{Input: schema("n", flow.Probability), WantInput: true}, `DIR/a.jsonl:1, column "n": 1.5 is no probability from 0 to 1`},
		{"no whole number", "a.csv", "id,n\n1,1.5\n", "input: [n]", Request{Input: schema("n", flow.Integer), WantInput: true}, `DIR/a.csv:2, column "n": 1.5 is not a whole number`},
		{"no word of the enum", "a.csv", "id,n\n1,aprove\n", "input: [n]", Request{Input: schema("n", flow.Type{Kind: flow.Enum, Enum: []string{"approve", "hold"}}), WantInput: true}, `DIR/a.csv:2, column "n": "aprove" is no value of the enum (did you mean "approve"?)`},
		{"no date", "a.csv", "id,n\n1,3/4/2025\n", "input: [n]", Request{Input: schema("n", flow.Date), WantInput: true}, `DIR/a.csv:2, column "n": "3/4/2025" is not a date like 2006-01-02`},
		{"no date as people write them", "a.csv", "id,n\n1,soon\n", "input: {n: {column: n, as: date}}", Request{Input: schema("n", flow.Date), WantInput: true}, `DIR/a.csv:2, column "n": "soon" is no date`},
		{"no amount", "a.csv", "id,n\n1,1 2 3\n", "input: {n: {column: n, as: money}}", Request{Input: number, WantInput: true}, `DIR/a.csv:2, column "n": "1 2 3" is no amount`},
		{"a date as an amount", "a.csv", "id,n\n1,1\n", "input: {n: {column: n, as: money}}", Request{Input: schema("n", flow.Date), WantInput: true}, `DIR/dataset.yaml:2:21: column "n" is read as money, and field "n" is date`},
		{"neither true nor false", "a.csv", "id,n\n1,maybe\n", "input: [n]", Request{Input: schema("n", flow.Boolean), WantInput: true}, `DIR/a.csv:2, column "n": "maybe" is not true or false`},
		{"a record where a number is due", "a.jsonl", `{"id": 1, "n": {"a": 1}}`, "input: [n]", Request{Input: number, WantInput: true}, `DIR/a.jsonl:1, column "n": "{\"a\":1}" is no number`},
		{"an id twice", "a.csv", "id\n1\n2\n1\n", "", Request{}, `DIR/a.csv:4: id "1" was there already (DIR/a.csv:2); where cases come in several trials, name the column of the trial with "repeat"`},
		{"no id", "a.csv", "id,n\n1,1\n,2\n", "", Request{}, `DIR/a.csv:3, column "id": a case without an id`},
		{"no time", "a.csv", "id,n\n1,yesterday\n", "time: n", Request{}, `DIR/a.csv:2, column "n": "yesterday" is not a time like 2006-01-02T15:04:05Z`},
		{"no weight", "a.csv", "id,n\n1,-1\n", "weight: n", Request{}, `DIR/a.csv:2, column "n": a weight is 0, or a number from 1e-12 to 1e+12`},
		{"another encoding", "a.csv", "id,n\n1,caf\xe9\n", "", Request{Input: schema("n", flow.String), WantInput: true}, `DIR/a.csv:2:3: "caf\xe9" is not UTF-8: save the file in UTF-8`},
		{"another encoding in the header", "a.csv", "id,n\xe9\n1,2\n", "", Request{}, `DIR/a.csv:1: the name of column 2, "n\xe9", is not UTF-8: save the file in UTF-8`},
		{"UTF-16", "a.csv", "\xff\xfei\x00d\x00\n\x00", "", Request{}, `DIR/a.csv: the text is UTF-16: save the file in UTF-8`},
		{"a weight whose square is no number", "a.csv", "id,n\n1,1e308\n", "weight: n", Request{}, `DIR/a.csv:2, column "n": a weight is 0, or a number from 1e-12 to 1e+12`},
		{"a weight whose square is nothing", "a.csv", "id,n\n1,1e-300\n", "weight: n", Request{}, `DIR/a.csv:2, column "n": a weight is 0, or a number from 1e-12 to 1e+12`},
		{"unknown split", "a.csv", "id\n1\n", "splits: {by: hash, train: 0.5, dev: 0.5}", Request{Splits: []string{"tarin"}}, `DIR/dataset.yaml:2:9: the card has no split "tarin" (did you mean "train"?)`},
		{"where nothing is", "a.csv", "id,channel\n1,a\n", "", Request{Where: []Where{{"chanel", "a"}}}, `DIR/a.csv has no column "chanel" (did you mean "channel"?)`},
		{"a mark on no column", "a.csv", "id,iban\n1,a\n", "personal: [ibna]", Request{}, `DIR/dataset.yaml:2:12: personal names column "ibna", which DIR/a.csv does not have (did you mean "iban"?)`},
		{"broken JSON", "a.jsonl", "{\"id\": 1}\n{\"id\": }\n", "", Request{}, `DIR/a.jsonl:2:8: invalid character '}' looking for beginning of value`},
		{"no object", "a.jsonl", "[1]\n", "", Request{}, `DIR/a.jsonl:1: a JSON list, want one object a line`},
		{"no gzip", "a.csv.gz", "id,text\n1,this is plain\n", "", Request{}, `DIR/a.csv.gz: not a gzip file: gzip: invalid header`},
		{"no Parquet", "a.parquet", "id\n1\n", "", Request{}, `DIR/a.parquet: not a sound Parquet file: a file of 5 bytes`},
		{"a split by no column", "a.csv", "id\n1\n", "splits: {by: column, column: x, dev: a}", Request{}, `DIR/dataset.yaml:2:30: splits: DIR/a.csv has no column "x" (want "id")`},
		{"a repeat twice", "a.csv", "id,k\n1,1\n2,1\n1,1.0\n", "id: id\nrepeat: k", Request{}, `DIR/a.csv:4: repeat "1.0" of case "1" was there already (DIR/a.csv:2)`},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			dir := write(t, t.TempDir(), tt.file, tt.data)
			_, err := readAll(loadCard(t, dir, "source: "+tt.file+"\n"+tt.card+"\n"), tt.req)
			if err == nil {
				t.Fatal("no error")
			}
			got := strings.ReplaceAll(err.Error(), dir, "DIR")
			if got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}

func TestRepeats(t *testing.T) {
	c := loadCard(t, write(t, t.TempDir(), "a.csv", "id,k,x,y\nA,10,a10,1\nB,1,b1,1\nA,9,a9,0\nC,1,c1,1\nA,1,a1,1\n"),
		"source: a.csv\nid: id\nrepeat: k\nrecorded: {x: x}\nlabels: {outcome: {y: y}}\n")
	req := Request{Recorded: schema("x", flow.String), Outcome: schema("y", flow.Integer), WantRecorded: true, WantLabels: true}
	tests := []struct {
		why  string
		set  func(*Request)
		want string
	}{
		{"in repeat order, by number", func(*Request) {}, "0 A dev = {\"y\":1} > {\"x\":\"a1\"} > {\"x\":\"a9\"} > {\"x\":\"a10\"}\n1 B dev = {\"y\":1} > {\"x\":\"b1\"}\n2 C dev = {\"y\":1} > {\"x\":\"c1\"}\n"},
		{"a limit counts cases", func(r *Request) { r.Limit = 1 }, "0 A dev = {\"y\":1} > {\"x\":\"a1\"} > {\"x\":\"a9\"} > {\"x\":\"a10\"}\n"},
		{"one in two, with all its trials", func(r *Request) { r.Every = 2 }, "0 A dev = {\"y\":1} > {\"x\":\"a1\"} > {\"x\":\"a9\"} > {\"x\":\"a10\"}\n2 C dev = {\"y\":1} > {\"x\":\"c1\"}\n"},
		{"filters choose rows and keep the index", func(r *Request) { r.Where = []Where{{"k", "1"}}; r.SkipTo = 1 }, "1 B dev = {\"y\":1} > {\"x\":\"b1\"}\n2 C dev = {\"y\":1} > {\"x\":\"c1\"}\n"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			r := req
			tt.set(&r)
			if diff := cmp.Diff(tt.want, show(mustRead(t, c, r))); diff != "" {
				t.Errorf("(-want +got):\n%s", diff)
			}
		})
	}
}

// TestWrittenTimes reads the case's time as people write dates, and splits by it.
func TestWrittenTimes(t *testing.T) {
	dir := write(t, t.TempDir(), "a.csv", "id,when\n1,31.12.2024\n2,01.02.2025\n3,\n")
	for _, tt := range []struct{ why, order, want string }{
		{"day first", "dmy", "1:train 2:dev 3:"},
		{"month first, where it can be", "mdy", "1:train 2:train 3:"},
	} {
		t.Run(tt.why, func(t *testing.T) {
			c := loadCard(t, dir, "source: a.csv\nid: id\ntime: {column: when, as: date, dates: "+tt.order+"}\nsplits: {by: time, train: ..2025-02-01, dev: 2025-02-01..}\n")
			var got []string
			for _, c := range mustRead(t, c, Request{}) {
				got = append(got, c.ID+":"+c.Split)
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
}

func TestFilters(t *testing.T) {
	dir := t.TempDir()
	write(t, dir, "a.csv", "id,when,part,n,tag\n1,2025-01-01,train,1.0,x\n2,2025-02-01,dev,2,y\n3,,odd,3,z\n")
	write(t, dir, "b.jsonl", `{"id": "4", "when": "2025-03-01", "part": "test", "n": 1.0, "tag": null}`)
	both := "source: [a.csv, b.jsonl]\ntime: when\ntags: [tag]\n"
	byTime := both + "splits: {by: time, train: ..2025-02-01, test: 2025-02-01..}\n"
	byColumn := both + "splits: {by: column, column: part, train: train, dev: [dev, test]}\n"
	tests := []struct {
		why, card string
		req       Request
		want      string // ids with their splits
	}{
		{"no splits: all is dev", both, Request{Splits: []string{"dev"}}, "1:dev 2:dev 3:dev 4:dev"},
		{"by time: the end is not part, and without a time there is no split", byTime, Request{}, "1:train 2:test 3: 4:test"},
		{"one split", byTime, Request{Splits: []string{"test"}}, "2:test 4:test"},
		{"by column", byColumn, Request{}, "1:train 2:dev 3: 4:dev"},
		{"numbers of JSON compare as numbers, fields of CSV as texts", both, Request{Where: []Where{{"n", "1"}}}, "4:dev"},
		{"several values of one column, several columns", both, Request{Where: []Where{{"tag", "x"}, {"tag", "y"}, {"part", "dev"}}}, "2:dev"},
		{"an absent value", both, Request{Where: []Where{{"tag", ""}}}, "4:dev"},
		{"a limit comes after filters", byTime, Request{Splits: []string{"test"}, Limit: 1}, "2:test"},
		{"one in two of those that fit, and a limit on those", both, Request{Where: []Where{{"tag", "y"}, {"tag", "z"}, {"tag", ""}}, Every: 2, Limit: 2}, "2:dev 4:dev"},
		{"an index to start at", both, Request{SkipTo: 2}, "3:dev 4:dev"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			var got []string
			for _, c := range mustRead(t, loadCard(t, dir, tt.card), tt.req) {
				got = append(got, c.ID+":"+c.Split)
			}
			if s := strings.Join(got, " "); s != tt.want {
				t.Errorf("got %s, want %s", s, tt.want)
			}
		})
	}
	s, err := loadCard(t, dir, byTime+"cluster: tag\n").Survey(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff([]string{"1 of 4 cases are in no split and are not replayed"}, s.Warnings); diff != "" {
		t.Error(diff)
	}
}

func TestParseWhere(t *testing.T) {
	got, err := ParseWhere([]string{"channel=email", "note=a=b", "po="})
	if err != nil || !cmp.Equal(got, []Where{{"channel", "email"}, {"note", "a=b"}, {"po", ""}}) {
		t.Errorf("ParseWhere = %v, %v", got, err)
	}
	if _, err := ParseWhere([]string{"channel"}); err == nil || err.Error() != `"channel" is no condition of the form column=value` {
		t.Errorf("error = %v", err)
	}
}

// A split by hash keeps clusters whole, gives each split about its share, and
// does not move a cluster when others come.
func TestHashSplits(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s := Splits{By: "hash", Seed: rapid.Uint64().Draw(t, "seed"), Shares: []Share{{"train", 0.5}, {"calibration", 0.2}, {"test", 0.3}}}
		const clusters = 4000
		prefix := rapid.StringN(0, 8, -1).Draw(t, "prefix")
		count := map[string]float64{}
		for i := range clusters {
			name := fmt.Sprintf("%s%d", prefix, i)
			split := s.of(name, time.Time{}, "")
			if again := s.of(name, time.Time{}, "other"); again != split {
				t.Fatalf("cluster %q is in %s and in %s", name, split, again)
			}
			count[split]++
		}
		for _, share := range s.Shares {
			sd := math.Sqrt(share.Share * (1 - share.Share) * clusters)
			if d := math.Abs(count[share.Split] - share.Share*clusters); d > 6*sd {
				t.Fatalf("%s has %v of %d clusters, want about %v", share.Split, count[share.Split], clusters, share.Share*clusters)
			}
		}
	})
}

func TestDigests(t *testing.T) {
	dir := write(t, t.TempDir(), "a.csv", "id,text,y\n1,a,x\n2,b,\n")
	c := loadCard(t, dir, "source: a.csv\nlabels: {outcome: [y]}\n")
	d, err := c.Digests(context.Background())
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Sources) != 1 || d.Sources[0].Bytes != 21 || d.Sources[0].SHA256 != fmt.Sprintf("%x", sha256.Sum256([]byte("id,text,y\n1,a,x\n2,b,\n"))) || d.Card != c.Digest {
		t.Errorf("digests %+v", d)
	}
}

func TestCancelled(t *testing.T) {
	c := loadCard(t, write(t, t.TempDir(), "a.csv", "id\n1\n"), "source: a.csv\n")
	ctx, cancel := context.WithCancel(context.Background())
	cancel()
	r, err := c.Open(Request{})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := r.Next(ctx, make([]flow.Case, 1)); !errors.Is(err, context.Canceled) {
		t.Errorf("error = %v", err)
	}
}

// fuzzRead reads a file of any content: it may be refused, and must neither
// panic nor hang.
func fuzzRead(t *testing.T, name string, data []byte) {
	dir := t.TempDir()
	if err := os.WriteFile(filepath.Join(dir, name), data, 0o644); err != nil {
		t.Fatal(err)
	}
	c, _ := Parse(filepath.Join(dir, "dataset.yaml"), []byte("source: "+name+"\nid: id\ninput: [a, b]\n"))
	cases, err := readAll(c, Request{Input: schema("a", flow.Any, "b", optional(flow.Number)), WantInput: true})
	if err == nil {
		seen := map[string]bool{}
		for i, x := range cases {
			if x.Index != int64(i) || seen[x.ID] || x.ID == "" {
				t.Errorf("case %d has index %d and id %q", i, x.Index, x.ID)
			}
			seen[x.ID] = true
			flow.AppendJSON(nil, x.Input.Schema, x.Input.Values)
		}
	}
}

func FuzzCSV(f *testing.F) {
	f.Add([]byte("id,a,b\n1,x,2\n\"2\",\"y\nz\",\n"))
	f.Add([]byte("\xef\xbb\xbfid,a,b\r\n\"\"\"\",,NaN\r\n"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRead(t, "a.csv", data) })
}

func FuzzJSONL(f *testing.F) {
	f.Add([]byte(`{"id": 1, "a": [1, {"b": "}"}], "b": 2.5}` + "\n" + `{"id":"\u0032","a":null}`))
	f.Add([]byte(`{"a": {"id": 1}, "id": true, "b": "1e3"}` + "\n\n{ }\n"))
	f.Fuzz(func(t *testing.T, data []byte) { fuzzRead(t, "a.jsonl", data) })
}
