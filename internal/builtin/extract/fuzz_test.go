package extract_test

import (
	"context"
	"testing"

	"github.com/rehearse-dev/rehearse/internal/builtin/extract"
	"github.com/rehearse-dev/rehearse/internal/builtin/kindtest"
)

// FuzzPatterns reads any text as a file of patterns, and where it is one, has
// it search a text.
func FuzzPatterns(f *testing.F) {
	f.Add([]byte("fields: {amount: {any: ['total +(\\S+)'], as: money, pick: last}}"), "total 12,50")
	f.Add([]byte("dates: mdy\nfix_ocr: true\nfields: {issued: {any: ['Date: *(\\S+)'], within: 'Date.*'}}"), "Date: 3/4/2025")
	f.Add([]byte("fields: {amount: {any: ['(?P<value>a|b)'], map: {a: '1', b: x}}}"), "a b")
	f.Fuzz(func(t *testing.T, patterns []byte, text string) {
		c := kindtest.Config{
			InSchema: kindtest.Schema(t, "text: string"), OutSchema: kindtest.Schema(t, "amount: number?, issued: date?"),
			YAML: "patterns: patterns.yaml", Dir: kindtest.Files(t, map[string]string{"patterns.yaml": string(patterns)}),
		}
		s, err := extract.Kind().New(c)
		if err != nil {
			if err.Error() == "" {
				t.Error("an error without a message")
			}
			return
		}
		if _, err := s.Do(context.Background(), kindtest.Input(c.InSchema, text)); err != nil && err.Error() == "" {
			t.Error("an error without a message")
		}
	})
}
