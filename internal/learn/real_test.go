package learn

import (
	"bufio"
	"compress/gzip"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// sharedData returns the folder of a real data set, or skips the test.
func sharedData(t testing.TB, name string) string {
	t.Helper()
	root := os.Getenv("REHEARSE_DATA")
	if root == "" {
		root = filepath.Join("..", "..", "..", "shared", "data")
	}
	dir := filepath.Join(root, name)
	if _, err := os.Stat(dir); err != nil {
		t.Skipf("%s is absent: set REHEARSE_DATA to the folder that holds %s", dir, name)
	}
	return dir
}

type utterance struct {
	Split, Text, Intent string
}

// utterances reads one split of banking77 or clinc150.
func utterances(t testing.TB, name, split string) (rows []Row, labels []string) {
	t.Helper()
	f, err := os.Open(filepath.Join(sharedData(t, name), name+".jsonl.gz"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	z, err := gzip.NewReader(f)
	if err != nil {
		t.Fatal(err)
	}
	for lines := bufio.NewScanner(z); lines.Scan(); {
		var u utterance
		if err := json.Unmarshal(lines.Bytes(), &u); err != nil {
			t.Fatal(err)
		}
		if u.Split == split {
			rows, labels = append(rows, Row{u.Text}), append(labels, u.Intent)
		}
	}
	return rows, labels
}

func TestProto(t *testing.T) {
	for _, d := range [][2]string{{"banking77", "test"}, {"clinc150", "val"}} {
		rows, labels := utterances(t, d[0], "train")
		test, gold := utterances(t, d[0], d[1])
		s := DefaultSettings()
		if e := os.Getenv("S"); e != "" {
			if err := json.Unmarshal([]byte(e), &s); err != nil {
				t.Fatal(err)
			}
		}
		t0 := time.Now()
		m, err := Train(context.Background(), []Column{{"text", Text}}, rows, labels, s)
		if err != nil {
			t.Fatal(err)
		}
		el := time.Since(t0)
		k := len(m.classes)
		raw, cal := make([]float64, k), make([]float64, k)
		right, n := 0, 0
		var conf []float64
		t0 = time.Now()
		for i, row := range test {
			if err := m.Predict(row, raw, cal); err != nil {
				t.Fatal(err)
			}
			c, _ := Top(raw)
			if gold[i] == "oos" {
				continue
			}
			n++
			if m.classes[c] == gold[i] {
				right++
			}
			conf = append(conf, raw[c])
		}
		pe := time.Since(t0) / time.Duration(len(test))
		mc, err := m.Calibrate(context.Background(), test, gold)
		if err != nil {
			t.Fatal(err)
		}
		t.Logf("%s: acc %.4f train %v predict %v features %d cal %+v", d[0], float64(right)/float64(n), el, pe, m.Features(), mc.calibration)
	}
}
