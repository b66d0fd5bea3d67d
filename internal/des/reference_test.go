package des

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"math"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// A reference is one model of testdata/queueing: parameters and exact values.
type reference struct {
	model, raw string
	params     params
	want       map[string]float64
	metrics    []string // in the order of the file
}

func readReferences(t *testing.T) []*reference {
	t.Helper()
	files, err := filepath.Glob("testdata/queueing/*.csv")
	if err != nil || len(files) == 0 {
		t.Fatalf("no reference files: %v", err)
	}
	var list []*reference
	seen := make(map[string]*reference)
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
				ref = &reference{model: row[0], raw: row[1], want: make(map[string]float64)}
				if err := json.Unmarshal([]byte(row[1]), &ref.params); err != nil {
					t.Fatalf("%s: %s: %v", name, row[1], err)
				}
				seen[row[0]+row[1]] = ref
				list = append(list, ref)
			}
			if ref.want[row[2]], err = strconv.ParseFloat(row[3], 64); err != nil {
				t.Fatalf("%s: %v", name, err)
			}
			ref.metrics = append(ref.metrics, row[2])
		}
	}
	return list
}

// notExpressed names the models that this package cannot simulate, and why.
var notExpressed = map[string]string{}

// TestQueueingReference compares simulations with exact values, small. The long
// test does the same at full size.
func TestQueueingReference(t *testing.T) {
	size := 20_000
	if testing.Short() {
		size = 5_000
	}
	checkReferences(t, 20, size)
}

// checkReferences wants every metric within four standard errors or 0.1 %, and
// not many beyond three.
func checkReferences(t *testing.T, replications, customers int) {
	beyond3, metrics := 0, 0
	for i, ref := range readReferences(t) {
		family, ok := families[ref.model]
		if !ok {
			if why := notExpressed[ref.model]; why != "" {
				t.Logf("not expressed: %s: %s", ref.model, why)
				continue
			}
			t.Errorf("model %q is neither simulated nor listed as not expressed", ref.model)
			continue
		}
		t.Run(ref.model+" "+ref.raw, func(t *testing.T) {
			runs, err := Replicate(context.Background(), replications, 2, uint64(20260101+i), func(_ int, seed uint64) (map[string]float64, error) {
				return family(ref.params, seed, customers), nil
			})
			if err != nil {
				t.Fatal(err)
			}
			for _, metric := range ref.metrics {
				metrics++
				if compare(t, ref, metric, runs) {
					beyond3++
				}
			}
		})
	}
	t.Logf("%d metrics, %d beyond three standard errors", metrics, beyond3)
	if beyond3 > 4 {
		t.Errorf("%d of %d metrics are beyond three standard errors, want at most 4", beyond3, metrics)
	}
}

// compare checks one metric and says whether it is beyond three standard errors.
func compare(t *testing.T, ref *reference, metric string, runs []map[string]float64) bool {
	var values []float64
	for _, r := range runs {
		v, ok := r[metric]
		if !ok {
			t.Errorf("%s is not measured", metric)
			return false
		}
		values = append(values, v)
	}
	iv, want := TInterval(values, 0.95), ref.want[metric]
	off := math.Abs(iv.Mean - want)
	if off > max(4*iv.SE, 1e-3*math.Abs(want)) || math.IsNaN(off) {
		t.Errorf("%s = %.6g ± %.2g, want %.9g (z = %.1f)", metric, iv.Mean, iv.SE, want, (iv.Mean-want)/iv.SE)
	}
	return off > 3*iv.SE+1e-7*math.Abs(want) // the file has nine digits
}

// params is the union of the parameters of all models.
type params struct {
	C       int       `json:"c"`
	K       int       `json:"K"`
	Lambda  float64   `json:"lambda"`
	Mu      float64   `json:"mu"`
	Theta   float64   `json:"theta"`
	T       *float64  `json:"t"`
	SL      float64   `json:"sl"`
	D       float64   `json:"D"`
	Service *dist     `json:"service"`
	Arrival *dist     `json:"arrival"`
	Batch   *dist     `json:"batch"`
	Classes []classOf `json:"classes"`

	Arrivals []float64   `json:"arrivals"`
	Nodes    []params    `json:"nodes"`
	Routing  [][]float64 `json:"routing"`

	Fail   float64 `json:"fail"`
	Repair float64 `json:"repair"`

	Rate  float64 `json:"rate"`
	Burst float64 `json:"burst"`

	C1   int     `json:"c1"`
	C2   int     `json:"c2"`
	C3   int     `json:"c3"`
	LamA float64 `json:"lamA"`
	LamB float64 `json:"lamB"`

	Lam0     float64      `json:"lam0"`
	Amp      float64      `json:"amp"`
	Mean     float64      `json:"mean"`
	Period   float64      `json:"period"`
	CSteps   [][2]float64 `json:"c_steps"`
	LamSteps [][2]float64 `json:"lam_steps"`

	CostError  float64 `json:"cost_error"`
	CostReview float64 `json:"cost_review_hour"`
	CostWait   float64 `json:"cost_wait_hour"`
	ErrK       float64 `json:"err_k"`
}

type classOf struct {
	Lambda  float64 `json:"lambda"`
	Service dist    `json:"service"`
}

// dist is a distribution as the reference file writes it.
type dist struct {
	Dist  string    `json:"dist"`
	Mean  float64   `json:"mean"`
	SCV   float64   `json:"scv"`
	K     int       `json:"k"`
	Means []float64 `json:"means"`
	P     []float64 `json:"p"`
}

func exponential(mean float64) dist { return dist{Dist: "exp", Mean: mean} }

func (f dist) sample(d *Draw) float64 {
	switch f.Dist {
	case "exp":
		return d.Exp(f.Mean)
	case "det":
		return f.Mean
	case "erlang":
		return d.Gamma(float64(f.K), f.Mean/float64(f.K))
	case "lognormal":
		return d.LogNormal(f.Mean, f.SCV)
	case "hyperexp":
		u := d.Uniform()
		i := 0
		for i < len(f.P)-1 && u >= f.P[i] {
			u -= f.P[i]
			i++
		}
		return d.Exp(f.Means[i])
	case "geometric": // 1, 2, ... with the given mean
		return 1 + math.Floor(math.Log(d.Uniform())/math.Log(1-1/f.Mean))
	}
	panic(fmt.Sprintf("no distribution %q", f.Dist))
}
