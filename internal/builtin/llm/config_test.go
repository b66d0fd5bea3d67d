package llm

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
	client "github.com/rehearse-dev/rehearse/internal/llm"
)

const (
	in  = "text: string, amount: number?"
	out = "decision: approve|hold, confidence: probability"
)

// config is a step over the files prompt.md and answer.json.
func config(t testing.TB, yaml, prompt, out string) kindtest.Config {
	return kindtest.Config{
		InSchema: kindtest.Schema(t, in), OutSchema: kindtest.Schema(t, out), OutcomeSchema: kindtest.Schema(t, "decision: approve|hold"), YAML: yaml,
		Dir: kindtest.Files(t, map[string]string{
			"prompt.md":   prompt,
			"answer.json": `{"type":"object","properties":{"decision":{"enum":["approve","hold"]},"reason":{"type":"string"},"sure":{"type":"number"}},"required":["decision","reason","sure"]}`,
			"broken.json": `{"type":`,
			"models.yaml": "models:\n  small:\n    base_url: ${SMALL_URL}\n    model: small-1\n    key_env: SMALL_KEY\n    extra: {top_k: 5}\n    prices: {input: 1, output: 2}\n    limits: {retries: 0, timeout: 5s}\n",
		}),
	}
}

const plain = "{{ text }} {{ amount }}"

func TestRefused(t *testing.T) {
	tests := []struct {
		why, yaml, prompt, out, want string
	}{
		{"no prompt", "temperature: 0", plain, out, `step.yaml:1:1: missing key "prompt"`},
		{"no such file", "prompt: nosuch.md", plain, out, `step.yaml:1:9: no file "nosuch.md"`},
		{"undefined variable", "prompt: prompt.md", "system:\nSort.\nuser:\n{{ text }} {{ amuont }} {{ amount }}", out, `prompt.md:4:15: variable "amuont" is not defined; there is amount, text: a prompt knows the fields of in`},
		{"undefined in a branch of what is there", "prompt: prompt.md", "{{ text }}{% if amount %}{{ amuont }}{% endif %}", out, `variable "amuont" is not defined`},
		{"undefined in a branch of what is absent", "prompt: prompt.md", "{{ text }}{% if not amount %}{{ amuont }}{% endif %}", out, `variable "amuont" is not defined`},
		{"unknown filter", "prompt: prompt.md", "{{ text|uper }} {{ amount }}", out, `uper`},
		{"a field that goes unused", "prompt: prompt.md", "{{ text }}", out, `step.yaml:1:9: in gives "amount", which prompt.md does not use`},
		{"text before the first part", "prompt: prompt.md", "Sort.\nuser:\n" + plain, out, `text before the first part, "user:" in line 2`},
		{"no question", "prompt: prompt.md", "system:\n" + plain, out, `the last part is "system:", want "user:"`},
		{"an empty part", "prompt: prompt.md", "system:\n\nuser:\n" + plain, out, `the part "system:" is empty`},
		{"unknown key", "prompt: prompt.md\ntemprature: 0", plain, out, `step.yaml:2:1: unknown key "temprature"`},
		{"both confidences", "prompt: prompt.md\nconfidence: {field: confidence, logprobs: decision}", plain, out, "either field, logprobs or agreement"},
		{"samples that vote by nothing", "prompt: prompt.md\nsamples: 5", plain, out, "samples: say what they vote by"},
		{"a vote of one", "prompt: prompt.md\nconfidence: {agreement: decision}", plain, out, "one sample always agrees with itself"},
		{"a vote by text", "prompt: prompt.md\nsamples: 3\nconfidence: {agreement: note}", plain, "note: string", `"note" is string, and samples vote by an enum or a boolean`},
		{"the same sample five times", "prompt: prompt.md\nsamples: 5\ntemperature: 0\nconfidence: {agreement: decision}", plain, out, "samples at temperature 0 are all the same"},
		{"too many samples", "prompt: prompt.md\nsamples: 1000\nconfidence: {agreement: decision}", plain, out, "samples is 1000, want 1 to 100"},
		{"examples of nothing", "prompt: prompt.md\nexamples: {k: 2}", plain, out, "examples want learn: the gold value that they show"},
		{"calibrated by nothing", "prompt: prompt.md\nconfidence: {field: confidence, calibrate: platt}", plain, out, "step.yaml:2:44: calibrate wants learn"},
		{"nothing to learn for", "prompt: prompt.md\nlearn: decision", plain, out, "step.yaml:2:8: learn belongs to examples, or to a confidence that is calibrated"},
		{"an outcome that is none", "prompt: prompt.md\nlearn: decison\nexamples: {k: 2}", plain, out, `learn: the outcome has no "decison" (did you mean "decision"?)`},
		{"a prompt without the examples", "prompt: prompt.md\nlearn: decision\nexamples: {k: 2}", plain, out, "prompt.md does not show the examples"},
		{"a field that examples do not have", "prompt: prompt.md\nlearn: decision\nexamples: {k: 2}", "{% for e in examples %}{{ e.text }}{% endfor %}" + plain, out, `prompt.md:1:8: variable "e.text" is not defined`},
		{"too many examples", "prompt: prompt.md\nlearn: decision\nexamples: {k: 1000}", plain, out, "examples: k is 1000, want 1 to 100"},
		{"a way to choose", "prompt: prompt.md\nlearn: decision\nexamples: {choose: best}", plain, out, `choose is "best", want class, random or similar`},
		{"similar by a number", "prompt: prompt.md\nlearn: decision\nexamples: {choose: similar, by: [amount]}", plain, out, `"amount" is number?, and texts are compared`},
		{"a curve", "prompt: prompt.md\nlearn: decision\nconfidence: {field: confidence, calibrate: steps}", plain, out, `calibrate is "steps", want isotonic or platt`},
		{"no answer to be right", "prompt: prompt.md\nlearn: review.verdict\nconfidence: {field: confidence, calibrate: platt}", plain, out, `calibrate: out has no "verdict"`},
		{"repairs without end", "prompt: prompt.md\nrepairs: 50", plain, out, "repairs is 50, want 0 to 5"},
		{"structured", "prompt: prompt.md\nendpoint: {structured: yes}", plain, out, `structured is "yes", want schema, json or none`},
		{"unknown field", "prompt: prompt.md\nconfidence: {field: confidnce}", plain, out, `step.yaml:2:21: confidence: out has no field "confidnce" (did you mean "confidence"?)`},
		{"a confidence that is no number", "prompt: prompt.md\nconfidence: {field: decision}", plain, out, `"decision" is enum(approve|hold), want probability`},
		{"probabilities of a text", "prompt: prompt.md\nconfidence: {logprobs: note}", plain, "note: string", `"note" is string, and token probabilities tell of an enum`},
		{"more alternatives than endpoints list", "prompt: prompt.md\nconfidence: {logprobs: decision, top: 50}", plain, out, "top is 50, want 1 to 20"},
		{"temperature", "prompt: prompt.md\ntemperature: -1", plain, out, "temperature is -1"},
		{"max tokens", "prompt: prompt.md\nmax_tokens: 0", plain, out, "max_tokens is 0, want 1 or more"},
		{"retries", "prompt: prompt.md\nretries: 99", plain, out, "retries is 99, want 0 to 20"},
		{"timeout", "prompt: prompt.md\ntimeout: 0s", plain, out, "timeout is 0s"},
		{"a price", "prompt: prompt.md\nprices: {input: -1, output: 1}", plain, out, "none is below 0"},
		{"no such model", "prompt: prompt.md\nmodel: smal", plain, out, `step.yaml:2:8: no model "smal" in the project's models.yaml (did you mean "small"?)`},
		{"two places", "prompt: prompt.md\nmodel: small\nendpoint: {model: x}", plain, out, "model and endpoint both say where the model is"},
		{"a setting that would go unused", "prompt: prompt.md\nmodel: small\nendpoint: {stream: true}", plain, out, "model and endpoint both say where the model is"},
		{"two prices", "prompt: prompt.md\nmodel: small\nprices: {input: 1, output: 2}", plain, out, `the prices of "small" belong to models.yaml`},
		{"half a variable", "prompt: prompt.md\nendpoint: {base_url: '${HOST/v1'}", plain, out, `want one like ${NAME}`},
		{"an address without a host", "prompt: prompt.md\nendpoint: {base_url: 'localhost:8000'}", plain, out, "http://"},
		{"a password in the address", "prompt: prompt.md\nendpoint: {base_url: 'https://me:secret1234@host/v1'}", plain, out, "put secrets in the environment"},
		{"a key in place of its variable", "prompt: prompt.md\nendpoint: {key_env: sk-123-456}", plain, out, "key_env wants the name of a variable"},
		{"tokens field", "prompt: prompt.md\nendpoint: {tokens_field: tokens}", plain, out, "max_completion_tokens"},
		{"anything as an answer", "prompt: prompt.md", plain, "decision: any", "out.decision is any, which cannot be asked for"},
		{"nothing to ask for", "prompt: prompt.md\nconfidence: {field: confidence}\nschema: answer.json", plain, "confidence: probability", `the schema has no property "confidence"`},
		{"a schema without a field of out", "prompt: prompt.md\nschema: answer.json", plain, "decison: string", `step.yaml:2:9: the schema has no property "decison", which the step gives (did you mean "decision"?)`},
		{"a schema that is no JSON", "prompt: prompt.md\nschema: broken.json", plain, "decision: string", "not a JSON object"},
	}
	for _, tt := range tests {
		t.Run(tt.why, func(t *testing.T) {
			got := kindtest.Refused(t, Kind(), config(t, tt.yaml, tt.prompt, tt.out))
			if !strings.Contains(got, tt.want) {
				t.Errorf("message %q, want %q in it", got, tt.want)
			}
			if strings.Contains(got, "secret1234") || strings.Contains(got, "sk-123") {
				t.Errorf("message %q repeats a secret", got)
			}
		})
	}
}

func TestSchemaOf(t *testing.T) {
	inner := flow.NewSchema(flow.Field{Name: "sku", Type: flow.Type{Kind: flow.String}}, flow.Field{Name: "count", Type: flow.Type{Kind: flow.Integer, Optional: true}})
	s := flow.NewSchema(
		flow.Field{Name: "why", Type: flow.Type{Kind: flow.String}},
		flow.Field{Name: "decision", Type: flow.Type{Kind: flow.Enum, Enum: []string{"yes", "no"}, Optional: true}},
		flow.Field{Name: "due", Type: flow.Type{Kind: flow.Date}},
		flow.Field{Name: "skipped", Type: flow.Type{Kind: flow.Any}},
		flow.Field{Name: "lines", Type: flow.Type{Kind: flow.List, Elem: &flow.Type{Kind: flow.Record, Fields: inner}}},
		flow.Field{Name: "p", Type: flow.Type{Kind: flow.Probability, Optional: true}},
	)
	got, err := schemaOf(s, []int{0, 1, 2, 4, 5})
	if err != nil {
		t.Fatal(err)
	}
	// The order is that of out: what is asked for first is thought of first.
	want := `{"type":"object","properties":{` +
		`"why":{"type":"string"},` +
		`"decision":{"type":["string","null"],"enum":["yes","no",null]},` +
		`"due":{"type":"string","description":"a date written YYYY-MM-DD"},` +
		`"lines":{"type":"array","items":{"type":"object","properties":{"sku":{"type":"string"},"count":{"type":["integer","null"]}},"required":["sku","count"],"additionalProperties":false}},` +
		`"p":{"type":["number","null"],"description":"from 0 to 1"}` +
		`},"required":["why","decision","due","lines","p"],"additionalProperties":false}`
	if diff := cmp.Diff(want, string(got)); diff != "" {
		t.Errorf("schema (-want +got):\n%s", diff)
	}
	if _, err := client.CompileSchema("answer", got); err != nil {
		t.Error(err)
	}
}

// FuzzSplit holds that no text makes reading a prompt file panic, and that
// nothing of a part gets lost or moves to another line.
func FuzzSplit(f *testing.F) {
	for _, s := range []string{"", "user:", "user:\nx", "system:\na\nuser:\r\nb", "a\nuser:\nb", "system:\nuser:\n", "assistant: x\nuser: \nb"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		parts, err := split(text)
		if err != nil {
			return
		}
		lines := strings.Split(text, "\n")
		for _, p := range parts {
			for i, l := range strings.Split(p.text, "\n") {
				if l != "" && lines[i] != l {
					t.Errorf("line %d of the part %q is %q, and of the file %q", i+1, p.role, l, lines[i])
				}
			}
		}
	})
}
