package extract_test

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/rehearse-dev/rehearse/flowtest"
	"github.com/rehearse-dev/rehearse/internal/builtin/extract"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
)

const invoice = `ACME Industrial  Ltd.
Invoice no.: INV-2O25-00l7
Date: 03/04/2025   Due: 3 May 2025
PO: po 4711

  Subtotal     1.000,00 EUR
  VAT 19%        190,00 EUR
  TOTAL DUE   1.19O,0O EUR
Paid by card: no
`

const patterns = `
fix_ocr: true
fields:
  supplier:
    any: ['\A([^\n]+)']
    fix_ocr: false
  number: {any: ['(?i)invoice no\.?:? *(\S+)'], as: id}
  amount:
    any:
      - '(?i)amount payable +(\S+)'
      - '(?i)total due +(?P<value>\S+)'
  most: {any: ['(\S+) EUR'], pick: max}
  lowest: {any: ['(\S+) EUR'], pick: min}
  final: {any: ['(\S+) EUR'], pick: last}
  issued: {any: ['(?i)date: *(\S+)']}
  due: {any: ['(?i)due: *([^\n]+)']}
  currency: {any: ['(?i)total due[^\n]*'], as: currency}
  po: {any: ['(?im)^po: *(.+)$'], as: id}
  rate: {any: ['(\d+)%'], within: '(?m)^ *VAT.*$'}
  card: {any: ['(?i)paid by card']}
  cheque: {any: ['(?i)paid by cheque']}
  paid: {any: ['(?i)paid by card: *(\w+)'], map: {yes: paid, no: open}}
  plain: {any: ['(?i)invoice no\.?:? *(\S+)'], as: code}
  nothing: {any: ['(?i)iban: *(\S+)']}
`

func TestExtract(t *testing.T) {
	in := kindtest.Schema(t, "text: string?, other: string")
	out := kindtest.Schema(t, "supplier: string?, number: string?, amount: number?, most: number?, lowest: number?, final: number?, issued: date?, due: date?, currency: string?, po: string?, rate: integer?, card: boolean, cheque: boolean, paid: open|paid?, plain: string?, nothing: string?")
	day := func(m, d int) time.Time { return time.Date(2025, time.Month(m), d, 0, 0, 0, 0, time.UTC) }
	want := []any{"ACME Industrial Ltd.", "INV-2025-0017", 1190.0, 1190.0, 190.0, 1190.0, day(4, 3), day(5, 3), "EUR", "PO4711", int64(19), true, false, "open", "INV20250017", nil}
	for _, tc := range []struct{ why, yaml string }{
		{"patterns in the design", patterns},
		{"patterns in a file", "patterns: patterns.yaml"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			dir := kindtest.Files(t, map[string]string{"patterns.yaml": patterns})
			s := kindtest.New(t, extract.Kind(), kindtest.Config{InSchema: in, OutSchema: out, YAML: tc.yaml, Dir: dir})
			input := kindtest.Input(in, invoice, "")
			flowtest.Step(t, s, out, input, kindtest.Input(in, "", ""), kindtest.Input(in, nil, ""))
			got, err := s.Do(context.Background(), input)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(want, got.Values); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
		})
	}
	t.Run("American dates", func(t *testing.T) {
		c := kindtest.Config{InSchema: in, OutSchema: kindtest.Schema(t, "issued: date?"), YAML: "dates: mdy\nfields: {issued: {any: ['Date: *(\\S+)']}}"}
		got, err := kindtest.New(t, extract.Kind(), c).Do(context.Background(), kindtest.Input(in, invoice, ""))
		if err != nil || got.Values[0] != day(3, 4) {
			t.Errorf("%v, %v; want 4 March", got.Values, err)
		}
	})
}

func TestBadExtract(t *testing.T) {
	for _, tc := range []struct{ why, in, yaml, want string }{
		{"a broken expression", "text: string", "fields: {amount: {any: ['(']}}", "step.yaml:1:26: field \"amount\": error parsing regexp: missing closing ): `(`"},
		{"an unknown field", "text: string", "fields: {amount: {any: [a]}, amont: {any: [a]}}", `step.yaml:1:37: fields gives "amont", which out does not have (did you mean "amount"?)`},
		{"a field without patterns", "text: string", "fields: {}", `no pattern for the out field "amount"`},
		{"no patterns at all", "text: string", "fields: {amount: {any: []}}", `step.yaml:1:18: field "amount": any is empty, want at least one pattern`},
		{"an unknown normaliser", "text: string", "fields: {amount: {any: [a], as: mony}}", `step.yaml:1:33: field "amount": unknown normaliser "mony" (did you mean "money"?)`},
		{"a normaliser of another type", "text: string", "fields: {amount: {any: [a], as: date}}", `step.yaml:1:33: field "amount": date gives date, and out wants number?`},
		{"an unknown pick", "text: string", "fields: {amount: {any: [a], pick: best}}", `step.yaml:1:35: field "amount": unknown pick "best", want first, last, min or max`},
		{"an unknown order", "text: string", "dates: ymd\nfields: {amount: {any: [a]}}", `step.yaml:1:8: unknown order of dates "ymd", want dmy or mdy`},
		{"two texts", "subject: string, body: string", "fields: {amount: {any: [a]}}", `which text is searched is not clear: in has 2, and none is called text; say from: field`},
		{"a text that is not there", "subject: string, body: string", "from: bdy\nfields: {amount: {any: [a]}}", `step.yaml:1:7: from: in has no "bdy" (did you mean "body"?)`},
		{"a file and patterns", "text: string", "patterns: p.yaml\nfields: {amount: {any: [a]}}", "step.yaml:1:11: patterns names a file, and the step has patterns of its own; want one of them"},
		{"a mistake in the file", "text: string", "patterns: p.yaml", `p.yaml:3:5: unknown key "al" (did you mean "as"?)`},
	} {
		t.Run(tc.why, func(t *testing.T) {
			dir := kindtest.Files(t, map[string]string{"p.yaml": "fields:\n  amount:\n    al: x\n    any: [a]\n"})
			got := kindtest.Refused(t, extract.Kind(), kindtest.Config{InSchema: kindtest.Schema(t, tc.in), OutSchema: kindtest.Schema(t, "amount: number?"), YAML: tc.yaml, Dir: dir})
			if got != tc.want {
				t.Errorf("got  %s\nwant %s", got, tc.want)
			}
		})
	}
}

func BenchmarkExtract(b *testing.B) {
	in := kindtest.Schema(b, "text: string")
	s := kindtest.New(b, extract.Kind(), kindtest.Config{InSchema: in, OutSchema: kindtest.Schema(b, "number: string?, amount: number?, issued: date?, po: string?, nothing: string?"), YAML: `
fix_ocr: true
fields:
  number: {any: ['(?i)invoice no\.?:? *(\S+)'], as: id}
  amount: {any: ['(?i)amount payable +(\S+)', '(?i)total due +(?P<value>\S+)']}
  issued: {any: ['(?i)date: *(\S+)']}
  po: {any: ['(?im)^po: *(.+)$'], as: id}
  nothing: {any: ['(?i)iban: *(\S+)']}
`})
	input := kindtest.Input(in, strings.Repeat("  Item  12 pieces of something   12,50\n", 20)+invoice)
	ctx := context.Background()
	b.ReportAllocs()
	for b.Loop() {
		if _, err := s.Do(ctx, input); err != nil {
			b.Fatal(err)
		}
	}
}
