package dataset

import (
	"fmt"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const brokeEntry = "regression:\n  - {case: a, by: ann, at: 2026-11-21, why: it broke}\n"

func TestParseRegressionFaults(t *testing.T) {
	for _, tt := range []struct{ why, text, want string }{
		{"it is whole", brokeEntry, ""},
		{"in no other split", strings.Replace(brokeEntry, "case: a", "case: a, only: true", 1), ""},
		{"nobody", strings.Replace(brokeEntry, "ann", "''", 1), "r.yaml:2:20: by is empty (who put it there)"},
		{"no reason", strings.Replace(brokeEntry, ", why: it broke", "", 1), `r.yaml:2:5: missing key "why"`},
		{"no date", strings.Replace(brokeEntry, "2026-11-21", "soon", 1), `r.yaml:2:28: "soon" is no date or time (as 2006-01-02)`},
		{"twice", brokeEntry + strings.TrimPrefix(brokeEntry, "regression:\n"), `r.yaml:3:12: case "a" is in the regression split already (first at r.yaml:2:12)`},
		{"an unknown key", strings.Replace(brokeEntry, "by: ann", "who: ann", 1), `unknown key "who"`},
	} {
		_, diags := ParseRegression("r.yaml", []byte(tt.text))
		got := ""
		if err := diags.Err(); err != nil {
			got = err.Error()
		}
		if tt.want == "" && got != "" || !strings.Contains(got, tt.want) {
			t.Errorf("%s: got\n%s\nwant\n%s", tt.why, got, tt.want)
		}
	}
}

// A case in the regression split is in its own, too, unless it is there alone.
func TestRegressionSplit(t *testing.T) {
	for _, tt := range []struct {
		why, splits string
		ask         []string
		want        string
	}{
		{"all", "", nil, "a:dev b:dev c:regression d:dev"},
		{"dev of a card without splits", "", []string{"dev"}, "a:dev b:dev d:dev"},
		{"the split itself", "", []string{Regression}, "b:regression c:regression"},
		{"beside another one", "splits: {by: column, column: s, dev: x, test: y}\n", []string{"test", Regression}, "b:regression c:regression d:test"},
		{"of a case in the other one", "splits: {by: column, column: s, dev: x, test: y}\n", []string{"dev", Regression}, "a:dev b:dev c:regression"},
		{"by hash", "splits: {by: hash, dev: 1}\n", []string{"dev"}, "a:dev b:dev d:dev"},
	} {
		dir := t.TempDir()
		write(t, dir, "a.csv", "id,s\na,x\nb,x\nc,x\nd,y\n")
		write(t, dir, "regression.yaml", strings.ReplaceAll(brokeEntry, "case: a", "case: b")+"  - {case: c, by: ann, at: 2026-11-21, why: x, only: true}\n")
		c := loadCard(t, dir, "source: a.csv\nid: id\nregression: regression.yaml\n"+tt.splits)
		cases, err := readAll(c, Request{Splits: tt.ask})
		if err != nil {
			t.Fatalf("%s: %v", tt.why, err)
		}
		var got []string
		for _, k := range cases {
			got = append(got, fmt.Sprintf("%s:%s", k.ID, k.Split))
		}
		if diff := cmp.Diff(tt.want, strings.Join(got, " ")); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.why, diff)
		}
		if _, err := c.Survey(t.Context()); err != nil {
			t.Errorf("%s: %v", tt.why, err)
		}
	}
}

func FuzzParseRegression(f *testing.F) {
	f.Add([]byte(brokeEntry))
	f.Fuzz(func(t *testing.T, data []byte) {
		broke, diags := ParseRegression("r.yaml", data)
		if diags.Err() != nil {
			return
		}
		for _, b := range broke {
			if strings.TrimSpace(b.Case+b.By) == "" {
				t.Fatalf("%+v", b)
			}
		}
	})
}
