package retrieve_test

import (
	"context"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/flowtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/retrieve"
)

var policies = map[string]string{
	"policies/returns.md": "# Returns\n\nGoods come back within 30 days.\n\n## Refunds\n\nMoney is refunded to the card.\n",
	"policies/post.txt":   "Parcels are posted within two days.",
	"policies/more.jsonl": `{"id": "gifts", "text": "Gift cards are not refunded.", "title": "Gifts"}` + "\n",
	"stop.txt":            "the\na\n",
}

func TestSearch(t *testing.T) {
	in := kindtest.Schema(t, "question: string?")
	out := kindtest.Schema(t, "hits: list(record), documents: list(string), best: string?, score: number?, context: string, confidence: probability")
	s := kindtest.New(t, retrieve.Kind(), kindtest.Config{InSchema: in, OutSchema: out, Dir: kindtest.Files(t, policies), YAML: "documents: policies\nquery: in.question\nlanguage: en\nstop_words: stop.txt\nk: 2"})
	for _, tc := range []struct {
		why       string
		question  any
		documents []any
		best      any
		context   string
	}{
		{"the best first, under its headings", "the refund of money", []any{"returns.md", "gifts"}, "returns.md", "[returns.md] Returns > Refunds\nMoney is refunded to the card.\n\n[gifts] Gifts\nGift cards are not refunded."},
		{"one document alone", "Parcel", []any{"post.txt"}, "post.txt", "[post.txt]\nParcels are posted within two days."},
		{"a stop word finds nothing", "the", []any{}, nil, ""},
		{"no question", nil, []any{}, nil, ""},
	} {
		t.Run(tc.why, func(t *testing.T) {
			input := kindtest.Input(in, tc.question)
			flowtest.Step(t, s, out, input)
			got, err := s.Do(context.Background(), input)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff([]any{tc.documents, tc.best, tc.context}, []any{got.Values[1], got.Values[2], got.Values[4]}); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			if n := len(got.Values[0].([]any)); n != len(tc.documents) {
				t.Errorf("%d hits, want %d", n, len(tc.documents))
			}
			if got.Confidence == nil || got.Confidence.Raw != got.Values[5] {
				t.Errorf("confidence %+v, want that of out, %v", got.Confidence, got.Values[5])
			}
		})
	}
	got, err := s.Do(context.Background(), kindtest.Input(in, "money"))
	if err != nil {
		t.Fatal(err)
	}
	// One of 4 chunks has the word: ln(1 + 3.5/1.5). It has 7 words, where the
	// mean is 6.5: 2.2 / (1 + 1.2 * (0.25 + 0.75 * 7/6.5)).
	want := map[string]any{"document": "returns.md", "chunk": int64(2), "heading": "Returns > Refunds", "text": "Money is refunded to the card.", "score": 1.16724}
	if diff := cmp.Diff([]any{want}, got.Values[0], cmpopts.EquateApprox(0, 1e-5)); diff != "" {
		t.Errorf("hits: -want +got\n%s", diff)
	}
	if diff := cmp.Diff([]any{1.0, got.Values[0].([]any)[0].(map[string]any)["score"]}, []any{got.Values[5], got.Values[3]}); diff != "" {
		t.Errorf("nothing else was found: -want +got\n%s", diff)
	}
}

func TestOneFile(t *testing.T) {
	in, out := kindtest.Schema(t, "question: string"), kindtest.Schema(t, "best: string?")
	dir := kindtest.Files(t, map[string]string{"a/rules.md": "One", "faq.csv": "number,answer\n7,Two\n"})
	for _, tc := range []struct{ why, yaml, question, want string }{
		{"a file is called by its name", "documents: a/rules.md\nquery: in.question", "one", "rules.md"},
		{"a table's columns can be named", "documents: faq.csv\nquery: in.question\ncolumns: {id: number, text: answer}", "two", "7"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			s := kindtest.New(t, retrieve.Kind(), kindtest.Config{InSchema: in, OutSchema: out, Dir: dir, YAML: tc.yaml})
			got, err := s.Do(context.Background(), kindtest.Input(in, tc.question))
			if err != nil || got.Values[0] != tc.want {
				t.Errorf("%v %v, want %s", got.Values, err, tc.want)
			}
		})
	}
}

func TestBad(t *testing.T) {
	dir := kindtest.Files(t, map[string]string{
		"docs/a.md": "text", "empty/a.md": " \n", "odd/a.pdf": "%PDF", "twice/a.jsonl": `{"id": "x", "text": "1"}` + "\n" + `{"id": "x", "text": "2"}`,
		"noid/a.jsonl": `{"text": "1"}`, "blank/a.csv": "id,text\n,x\n", "torn/a.jsonl": `{"id": "x"`, "latin/a.md": "caf\xe9",
	})
	for _, tc := range []struct{ why, yaml, out, want string }{
		{"no such folder", "documents: policy\nquery: in.question", "best: string?", `step.yaml:1:12: no file "policy"`},
		{"no text", "documents: empty\nquery: in.question", "best: string?", `step.yaml:1:12: "empty" holds no text to search`},
		{"another kind of file", "documents: odd\nquery: in.question", "best: string?", "step.yaml:1:12: odd/a.pdf is no document that can be searched, want .md, .txt, or a table of documents: .jsonl, .csv or .parquet"},
		{"a document in another encoding", "documents: latin\nquery: in.question", "best: string?", "step.yaml:1:12: latin/a.md is not UTF-8: save the file in UTF-8"},
		{"one id twice", "documents: twice\nquery: in.question", "best: string?", `step.yaml:1:12: document "x" twice: in twice/a.jsonl and in twice/a.jsonl`},
		{"a table without ids", "documents: noid\nquery: in.question", "best: string?", `step.yaml:1:12: a.jsonl has no column "id" (want "text")`},
		{"a row without an id", "documents: blank\nquery: in.question", "best: string?", "step.yaml:1:12: a.csv: a row without an id"},
		{"a torn table", "documents: torn\nquery: in.question", "best: string?", "step.yaml:1:12: a.jsonl: row 1: unexpected EOF"},
		{"a column that documents do not have", "documents: docs\nquery: in.question\ncolumns: {body: text}", "best: string?", `step.yaml:3:11: columns: a document has no "body" (one of "id", "text", "title")`},
		{"an unknown language", "documents: docs\nquery: in.question\nlanguage: english", "best: string?", `step.yaml:3:11: unknown language "english", want one of ar, da, de, en, es, fi, fr, hu, it, nl, no, pt, ro, ru, sv, tr, none`},
		{"no file of stop words", "documents: docs\nquery: in.question\nstop_words: stop.txt", "best: string?", `step.yaml:3:13: no file "stop.txt"`},
		{"sizes out of bounds", "documents: docs\nquery: in.question\nsize: 10\noverlap: 900\nk: 0", "best: string?", "step.yaml:1:12: k is 0, want 1 to 1000\nstep.yaml:1:12: size is 10, want 50 to 100000"},
		{"more overlap than chunk", "documents: docs\nquery: in.question\nsize: 100\noverlap: 100", "best: string?", "step.yaml:1:12: overlap is 100, want 0 to 99"},
		{"no query", "documents: docs", "best: string?", `step.yaml:1:1: missing key "query"`},
		{"a query that is no text", "documents: docs\nquery: 3", "best: string?", `step.yaml:2:8: this gives integer, want string`},
		{"a field that no search gives", "documents: docs\nquery: in.question", "bset: string?", `out: a search gives no "bset" (did you mean "best"?)`},
		{"a field of another type", "documents: docs\nquery: in.question", "best: string, hits: list(string)", "out: \"best\" is string, want string?\nout: \"hits\" is list(string), want {list: record}"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			c := kindtest.Config{InSchema: kindtest.Schema(t, "question: string"), OutSchema: kindtest.Schema(t, tc.out), Dir: dir, YAML: tc.yaml}
			if got := strings.TrimSpace(kindtest.Refused(t, retrieve.Kind(), c)); got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
	s := kindtest.Config{InSchema: kindtest.Schema(t, "question: string"), OutSchema: flow.NewSchema(), Dir: dir, YAML: "documents: docs\nquery: in.question"}
	if got, want := kindtest.Refused(t, retrieve.Kind(), s), "out is empty, want some of hits, documents, best, score, context, confidence"; !strings.HasSuffix(got, want) {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}
