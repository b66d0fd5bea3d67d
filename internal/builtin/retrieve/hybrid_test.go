package retrieve_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/flowtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/retrieve"
	"github.com/rehearse-dev/rehearse/internal/llm"
	"github.com/rehearse-dev/rehearse/internal/llm/llmtest"
)

// meaning answers with vectors that know what a few words are about.
func meaning(c *llmtest.Call) llmtest.Reply {
	r := llmtest.Reply{In: 3, Model: "vectors-1"}
	for _, text := range c.Input {
		v := []float32{0.1, 0, 0}
		for word, at := range map[string]int{"refund": 1, "money": 1, "cash": 1, "parcel": 2, "post": 2, "delivery": 2} {
			if strings.Contains(strings.ToLower(text), word) {
				v[at]++
			}
		}
		r.Vectors = append(r.Vectors, v)
	}
	return r
}

// standIn gives vectors.
func standIn(t *testing.T, answer func(*llmtest.Call) llmtest.Reply) *llmtest.Server {
	t.Helper()
	s := llmtest.New(llmtest.Options{Embed: answer, KeepCalls: true, Key: "key"})
	t.Cleanup(s.Close)
	t.Setenv("VECTORS_KEY", "key")
	return s
}

var found = "hits: list(record), best: string?, similarity: number?, confidence: probability"

// config is that of a step which searches by both parts.
func config(t *testing.T, s *llmtest.Server, files map[string]string, yaml string) kindtest.Config {
	t.Helper()
	all := maps.Clone(files)
	all["models.yaml"] = fmt.Sprintf(`models:
  vectors: {kind: embedding, base_url: '%s', model: vectors, key_env: VECTORS_KEY, prices: {input: 2}, limits: {retries: 0}}
  chat: {base_url: '%s', model: chat}
`, s.URL, s.URL)
	return kindtest.Config{InSchema: asks(t), OutSchema: kindtest.Schema(t, found), Dir: kindtest.Files(t, all), YAML: "documents: policies\nquery: in.question\n" + yaml}
}

func hybrid(t *testing.T, c kindtest.Config) *retrieve.Hybrid {
	t.Helper()
	return kindtest.New(t, retrieve.Kind(), c).(*retrieve.Hybrid)
}

func asks(t *testing.T) *flow.Schema { return kindtest.Schema(t, "question: string?") }

func open(t *testing.T, h *retrieve.Hybrid, session flow.Session) {
	t.Helper()
	if err := h.Open(context.Background(), session); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { h.Close() })
}

func TestHybrid(t *testing.T) {
	s := standIn(t, meaning)
	c := config(t, s, policies, "k: 3\nembeddings: {model: vectors, weight: 0.5, query_prefix: 'query: ', passage_prefix: 'passage: '}")
	h := hybrid(t, c)
	dir := t.TempDir()
	open(t, h, flow.Session{Dir: dir, Seed: 1})
	if err := h.Prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	for _, c := range s.Calls() {
		for _, text := range c.Input {
			if !strings.HasPrefix(text, "passage: ") {
				t.Errorf("sent %q without its prefix", text)
			}
		}
	}
	in := kindtest.Input(asks(t), "cash back")
	flowtest.Step(t, h, c.OutSchema, in)
	got, err := h.Do(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if last := s.Calls()[s.Received()-1]; last.Input[0] != "query: cash back" {
		t.Errorf("asked %q", last.Input)
	}
	// "back" is a word of the first section; "Money is refunded" is like cash,
	// and has none of the words.
	first := got.Values[0].([]any)[0].(map[string]any)
	if got.Values[1] != "returns.md" || first["heading"] != "Returns" && first["heading"] != "Returns > Refunds" {
		t.Errorf("got %v", got.Values)
	}
	byHeading := map[any]map[string]any{}
	for _, hit := range got.Values[0].([]any) {
		byHeading[hit.(map[string]any)["heading"]] = hit.(map[string]any)
	}
	refunds := byHeading["Returns > Refunds"]
	if refunds == nil || refunds["bm25"] != 0.0 || refunds["cosine"].(float64) < 0.99 || byHeading["Returns"]["bm25"].(float64) <= 0 {
		t.Errorf("hits %v, want one by its words and one by its meaning alone", got.Values[0])
	}
	if a := got.Attempts; len(a) != 1 || a[0].Model != "vectors-1" || a[0].TokensIn != 3 || a[0].Price != 6e-6 {
		t.Errorf("attempts %+v", a)
	}
	received := s.Received()
	state, err := h.MarshalArtifact()
	if err != nil {
		t.Fatal(err)
	}

	// Another process: kept vectors, stored answers, no key.
	t.Setenv("VECTORS_KEY", "")
	again := hybrid(t, c)
	open(t, again, flow.Session{Dir: dir, Seed: 1, Offline: true})
	if err := again.UnmarshalArtifact(state); err != nil {
		t.Fatal(err)
	}
	replayed, err := again.Do(context.Background(), in)
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(got, replayed, cmpopts.IgnoreFields(flow.Output{}, "Cost")); diff != "" {
		t.Errorf("kept and stored: %s", diff)
	}
	if err := again.Prepare(context.Background()); err != nil {
		t.Errorf("the documents' answers are stored, too: %v", err)
	}
	if b, err := again.MarshalArtifact(); err != nil || !bytes.Equal(state, b) {
		t.Errorf("prepared from stored answers, the vectors have other bytes (%v)", err)
	}
	if s.Received() != received {
		t.Errorf("%d calls offline", s.Received()-received)
	}
	if _, err := again.Do(context.Background(), kindtest.Input(asks(t), "never asked")); !isClass(err, flow.ErrNotMeasured) {
		t.Errorf("not stored and offline: %v", err)
	}
	for _, blank := range []any{nil, " "} {
		if got, err := again.Do(context.Background(), kindtest.Input(asks(t), blank)); err != nil || len(got.Values[0].([]any)) != 0 || got.Values[1] != nil {
			t.Errorf("a query of nothing: %v %v", got.Values, err)
		}
	}
}

func isClass(err error, class flow.ErrorClass) bool {
	var e *flow.StepError
	return errors.As(err, &e) && e.Class == class
}

// TestChangedDocument: of many documents, a changed one asks again for the
// chunks around it alone.
func TestChangedDocument(t *testing.T) {
	const documents = 600
	s := standIn(t, meaning)
	dir := t.TempDir()
	var lines []string
	for n := range documents {
		lines = append(lines, fmt.Sprintf(`{"id": "d%d", "text": "Document number %d about refunds."}`, n, n))
	}
	texts := 0 // that were sent before
	prepare := func(at string) int {
		h := hybrid(t, config(t, s, map[string]string{"policies/all.jsonl": strings.Join(lines, "\n")}, "embeddings: {model: vectors}"))
		open(t, h, flow.Session{Dir: dir})
		if err := h.Prepare(context.Background()); err != nil {
			t.Fatalf("%s: %v", at, err)
		}
		sum := 0
		for _, c := range s.Calls() {
			if len(c.Input) > 64 {
				t.Errorf("%s: a call with %d texts, want 64 at most", at, len(c.Input))
			}
			sum += len(c.Input)
		}
		sent := sum - texts
		texts = sum
		return sent
	}
	if n := prepare("at first"); n != documents {
		t.Errorf("%d texts were sent of %d", n, documents)
	}
	calls := s.Received()
	if calls > documents/10 {
		t.Errorf("%d calls for %d chunks", calls, documents)
	}
	if n := prepare("again"); n != 0 {
		t.Errorf("%d texts were sent again", n)
	}
	lines[300] = `{"id": "d300", "text": "Another text."}`
	if n := prepare("changed"); n == 0 || n > 128 {
		t.Errorf("%d texts were sent for one that changed, want those around it", n)
	}
	lines = slices.Insert(lines, 100, `{"id": "new", "text": "A new text."}`)
	if n := prepare("inserted"); n == 0 || n > 192 {
		t.Errorf("%d texts were sent for one that is new, want those around it", n)
	}
}

// TestPrepareFails: what is wrong with the endpoint ends the run before a case.
func TestPrepareFails(t *testing.T) {
	two := llmtest.Script(llmtest.Reply{Vectors: [][]float32{{1, 0}}, Model: "a"}, llmtest.Reply{Vectors: [][]float32{{1, 0}}, Model: "b"})
	for _, tc := range []struct {
		why     string
		answer  func(*llmtest.Call) llmtest.Reply
		offline bool
		stops   bool
		want    string
	}{
		{"a key that is not taken", llmtest.Script(llmtest.Reply{Status: 401, Message: "who?"}), false, true, "set VECTORS_KEY"},
		{"a text that is too long", llmtest.Script(llmtest.Reply{Status: 400, Message: "8192 tokens at most"}), false, true, "8192 tokens"},
		{"down", llmtest.Script(llmtest.Reply{Status: 503}), false, false, "server (HTTP 503)"},
		{"not stored", meaning, true, false, "run once without --offline"},
		{"two models behind one name", two, false, false, `"a" and "b" answered for one model`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			s := standIn(t, tc.answer)
			files := map[string]string{"policies/long.txt": strings.Repeat("many words ", 7000)} // two parts
			h := hybrid(t, config(t, s, files, "size: 70000\nembeddings: {model: vectors}"))
			dir := t.TempDir()
			if tc.offline {
				cache, err := llm.OpenCache(filepath.Join(dir, "cache", "responses.sqlite"))
				if err != nil {
					t.Fatal(err)
				}
				cache.Close()
			}
			open(t, h, flow.Session{Dir: dir, Offline: tc.offline})
			err := h.Prepare(context.Background())
			if err == nil || !strings.Contains(err.Error(), tc.want) {
				t.Fatalf("got %v, want %q", err, tc.want)
			}
			if stop := (*flow.StopError)(nil); errors.As(err, &stop) != tc.stops {
				t.Errorf("stops the run: %t, want %t", !tc.stops, tc.stops)
			}
			if _, err := h.MarshalArtifact(); err == nil {
				t.Error("there are vectors all the same")
			}
		})
	}
}

// TestOtherModel: vectors of two models are never compared.
func TestOtherModel(t *testing.T) {
	name, length := "vectors-1", 3
	s := standIn(t, func(c *llmtest.Call) llmtest.Reply {
		r := meaning(c)
		r.Model = name
		for i := range r.Vectors {
			r.Vectors[i] = r.Vectors[i][:length]
		}
		return r
	})
	h := hybrid(t, config(t, s, policies, "embeddings: {model: vectors}"))
	open(t, h, flow.Session{})
	if err := h.Prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	ask := func(question string) error {
		_, err := h.Do(context.Background(), kindtest.Input(asks(t), question))
		return err
	}
	if err := ask("refund"); err != nil {
		t.Fatal(err)
	}
	stop := (*flow.StopError)(nil)
	name = "vectors-2"
	if err := ask("money"); !errors.As(err, &stop) || !strings.Contains(err.Error(), `of model "vectors-1", and the query's of "vectors-2"`) {
		t.Errorf("another model: %v", err)
	}
	name, length = "vectors-1", 2
	if err := ask("cash"); !errors.As(err, &stop) || !strings.Contains(err.Error(), "a vector of 2 numbers, want 3") {
		t.Errorf("another length: %v", err)
	}
}

func TestKeptVectors(t *testing.T) {
	s := standIn(t, meaning)
	c := config(t, s, policies, "embeddings: {model: vectors}")
	h := hybrid(t, c)
	open(t, h, flow.Session{})
	if err := h.Prepare(context.Background()); err != nil {
		t.Fatal(err)
	}
	state, err := h.MarshalArtifact()
	if err != nil {
		t.Fatal(err)
	}
	for why, bad := range map[string][]byte{
		"empty":             nil,
		"without a line":    []byte("{}"),
		"no JSON":           []byte("x\n1234"),
		"cut off":           state[:len(state)-4],
		"cut in a number":   state[:len(state)-1],
		"longer":            append(slices.Clone(state), 0, 0, 0, 0),
		"other documents":   bytes.Replace(state, []byte(`"chunks":4`), []byte(`"chunks":2`), 1),
		"another length":    bytes.Replace(state, []byte(`"length":3`), []byte(`"length":0`), 1),
		"not of the length": append(slices.Clone(state[:len(state)-48]), make([]byte, 48)...),
		"an unknown key":    bytes.Replace(state, []byte(`"model"`), []byte(`"mobel"`), 1),
	} {
		if err := hybrid(t, c).UnmarshalArtifact(bad); err == nil {
			t.Errorf("%s: vectors are taken over", why)
		}
	}
	if hybrid(t, c).ArtifactKey() != h.ArtifactKey() {
		t.Error("the same documents and model have two keys")
	}
	c.YAML += "\nsize: 60"
	c.YAML = strings.Replace(c.YAML, "model: vectors", "model: vectors, passage_prefix: p", 1)
	if hybrid(t, c).ArtifactKey() == h.ArtifactKey() {
		t.Error("other texts have the same key")
	}
}

func TestBadEmbeddings(t *testing.T) {
	s := standIn(t, meaning)
	for _, tc := range []struct{ why, yaml, want string }{
		{"no such model", "embeddings: {model: vector}", `step.yaml:3:21: no model "vector" in the project's models.yaml (did you mean "vectors"?)`},
		{"a model that answers", "embeddings: {model: chat}", `step.yaml:3:21: model "chat" gives answers, want one of kind embedding in models.yaml`},
		{"a weight past 1", "embeddings: {model: vectors, weight: 1.5}", `step.yaml:3:21: embeddings: weight is 1.5, want a number from 0 to 1`},
		{"no model", "embeddings: {weight: 1}", `step.yaml:3:13: missing key "model"`},
	} {
		if got := kindtest.Refused(t, retrieve.Kind(), config(t, s, policies, tc.yaml)); !strings.Contains(got, tc.want) {
			t.Errorf("%s: %s\nwant %s", tc.why, got, tc.want)
		}
	}
	c := config(t, s, policies, "")
	if got := kindtest.Refused(t, retrieve.Kind(), c); !strings.Contains(got, `a search gives no "similarity"`) {
		t.Errorf("words alone have no similarity: %s", got)
	}
	h := hybrid(t, config(t, s, policies, "embeddings: {model: vectors}"))
	t.Setenv("VECTORS_KEY", "")
	if err := h.Ready(flow.Session{}); err == nil || !strings.Contains(err.Error(), "VECTORS_KEY") {
		t.Errorf("without a key: %v", err)
	}
	if err := h.Ready(flow.Session{Offline: true}); err != nil {
		t.Errorf("offline: %v", err)
	}
}
