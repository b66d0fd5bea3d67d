package opsim

import (
	"encoding/csv"
	"encoding/json"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"

	"gonum.org/v1/gonum/stat/distuv"

	"github.com/rehearse-dev/rehearse/internal/scenario"
	"github.com/rehearse-dev/rehearse/internal/stats"
)

// reference is one model of testdata/queueing: parameters and exact values.
type reference struct {
	model, raw string
	p          parameters
	metrics    []string // in the order of the file
	want       map[string]float64
}

func parsed(t *testing.T, text string) *scenario.Scenario {
	t.Helper()
	sc, problems := scenario.Parse("reference.yaml", []byte(text), nil)
	if err := problems.Err(); err != nil {
		t.Fatalf("%v\n%s", err, text)
	}
	return sc
}

func readReferences(t *testing.T) []*reference {
	t.Helper()
	files, err := filepath.Glob("testdata/queueing/*.csv")
	if err != nil || len(files) == 0 {
		t.Fatalf("no reference files: %v", err)
	}
	var list []*reference
	seen := map[string]*reference{}
	for _, name := range files {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		rows, err := csv.NewReader(f).ReadAll()
		f.Close()
		if err != nil {
			t.Fatal(err)
		}
		for _, row := range rows[1:] {
			ref := seen[row[0]+row[1]]
			if ref == nil {
				ref = &reference{model: row[0], raw: row[1], want: map[string]float64{}}
				seen[row[0]+row[1]] = ref
				list = append(list, ref)
				if err := json.Unmarshal([]byte(row[1]), &ref.p); err != nil {
					t.Fatalf("%s: %s: %v", name, row[1], err)
				}
			}
			if ref.want[row[2]], err = strconv.ParseFloat(row[3], 64); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			ref.metrics = append(ref.metrics, row[2])
		}
	}
	return list
}

// TestReference compares scenarios with exact values, small; the long test
// does the same at full size.
func TestReference(t *testing.T) {
	cases := 10_000
	if testing.Short() {
		cases = 3_000
	}
	checkReferences(t, cases, 0.04)
}

// checkReferences wants every metric within four standard errors or 0.1 %, and
// at most a share of them beyond three. In short runs means of waits are skewed,
// so that more are; the metrics of one parameter set go together.
func checkReferences(t *testing.T, cases int, mostBeyond float64) {
	beyond, metrics := 0, 0
	for i, ref := range readReferences(t) {
		run, ok := expressed[ref.model]
		if !ok {
			t.Errorf("model %q is not expressed: add it to expressed in families_test.go", ref.model)
			continue
		}
		t.Run(ref.model+" "+ref.raw, func(t *testing.T) {
			ref.p.metrics = ref.metrics
			got := run(t, ref.p, cases, uint64(20260101+i))
			for _, metric := range ref.metrics {
				metrics++
				if far(t, metric, got, ref.want[metric]) {
					beyond++
				}
			}
		})
	}
	t.Logf("%d metrics, %d beyond three standard errors", metrics, beyond)
	if float64(beyond) > mostBeyond*float64(metrics) {
		t.Errorf("%d of %d metrics are beyond three standard errors, want at most %v of them", beyond, metrics, mostBeyond)
	}
}

// searched are answers of a search, which the interval that is printed must hold.
var searched = map[string]bool{"lambda_star": true, "tau_opt": true, "min_c": true}

// far checks one metric and says whether it is beyond three standard errors.
func far(t *testing.T, metric string, got map[string]stats.Interval, want float64) bool {
	iv, ok := got[metric]
	if !ok || !iv.Estimate.Valid {
		t.Errorf("%s is not measured", metric)
		return false
	}
	quantile := distuv.StudentsT{Sigma: 1, Nu: 19}.Quantile(0.975)
	se := max(iv.Upper-iv.Estimate.Value, iv.Estimate.Value-iv.Lower) / quantile
	if searched[metric] && !(iv.Lower <= want && want <= iv.Upper) {
		t.Errorf("%s is searched to be from %.6g to %.6g, want %.9g in it", metric, iv.Lower, iv.Upper, want)
	}
	off := math.Abs(iv.Estimate.Value - want)
	if !(off <= max(4*se, 1e-3*math.Abs(want), 1e-9)) {
		t.Errorf("%s = %.6g ± %.2g, want %.9g (z = %.1f)", metric, iv.Estimate.Value, se, want, (iv.Estimate.Value-want)/se)
	}
	return off > 3*se+1e-7*math.Abs(want) // the file has nine digits
}
