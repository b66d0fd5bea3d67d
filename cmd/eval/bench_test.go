package main

import (
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"

	"github.com/rehearse-dev/rehearse/internal/record"
)

type benchCase struct {
	ID       string    `parquet:"case_id"`
	Order    string    `parquet:"order"`
	Amount   float64   `parquet:"amount"`
	Channel  string    `parquet:"channel,dict"`
	Received time.Time `parquet:"received_at,timestamp(microsecond)"`
	Label    string    `parquet:"label,dict"`
	Note     string    `parquet:"note"` // a column that no step uses
}

// benchProject writes a project with that many cases.
func benchProject(b *testing.B, cases int) string {
	b.Helper()
	dir := b.TempDir()
	if err := os.CopyFS(dir, os.DirFS("testdata/bench")); err != nil {
		b.Fatal(err)
	}
	const orders = 5000
	var table strings.Builder
	table.WriteString("order,ordered\n")
	for i := range orders {
		fmt.Fprintf(&table, "o%05d,%d\n", i, 10+i)
	}
	if err := os.WriteFile(filepath.Join(dir, "workflows/bench/orders.csv"), []byte(table.String()), 0o644); err != nil {
		b.Fatal(err)
	}
	f, err := os.Create(filepath.Join(dir, "datasets/bench/cases.parquet"))
	if err != nil {
		b.Fatal(err)
	}
	w := parquet.NewGenericWriter[benchCase](f, parquet.MaxRowsPerRowGroup(100_000), parquet.Compression(&parquet.Zstd))
	rng := rand.New(rand.NewPCG(1, 1))
	start := time.Date(2025, 1, 1, 0, 0, 0, 0, time.UTC)
	for i := range cases {
		o := rng.IntN(orders * 21 / 20)
		_, err := w.Write([]benchCase{{
			ID: fmt.Sprintf("c%08d", i), Order: fmt.Sprintf("o%05d", o), Amount: float64(10+o) + float64(rng.IntN(60)-20),
			Channel: []string{"email", "portal", "paper"}[rng.IntN(3)], Received: start.Add(time.Duration(i) * time.Second),
			Label: []string{"approve", "hold", "reject"}[rng.IntN(3)], Note: strings.Repeat("note ", 20),
		}})
		if err != nil {
			b.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		b.Fatal(err)
	}
	if err := f.Close(); err != nil {
		b.Fatal(err)
	}
	return dir
}

// BenchmarkRun replays a five-step rules design from Parquet as a whole
// process and reports cases a second and peak memory, on one core and on two.
// Scoring is left out: it is a command of its own.
func BenchmarkRun(b *testing.B) {
	for _, cases := range []int{10_000, 100_000, 1_000_000} {
		dir := benchProject(b, cases)
		for _, cores := range []int{1, 2} {
			b.Run(fmt.Sprintf("cases=%d/cores=%d", cases, cores), func(b *testing.B) {
				var wall time.Duration
				var peak int64
				n := 0
				for b.Loop() {
					out := fmt.Sprintf("run-%d-%d", cores, n)
					n++
					c := program(dir, "run", "bench", "--quiet", "--no-report", "--out", out)
					c.Env = append(c.Env, fmt.Sprint("GOMAXPROCS=", cores))
					start := time.Now()
					if text, err := c.CombinedOutput(); err != nil {
						b.Fatalf("%v\n%s", err, text)
					}
					wall += time.Since(start)
					if usage, ok := c.ProcessState.SysUsage().(*syscall.Rusage); ok {
						peak = max(peak, usage.Maxrss)
					}
					if run, err := record.Open(filepath.Join(dir, out)); err != nil || run.Header.Data.Cases != int64(cases) {
						b.Fatalf("the run is not whole: %v", err)
					}
					os.RemoveAll(filepath.Join(dir, out))
				}
				b.ReportMetric(float64(cases*n)/wall.Seconds(), "cases/s")
				b.ReportMetric(float64(peak)/1024, "peak-MB")
			})
		}
	}
}

// BenchmarkStart is the start-up time of eval --help.
func BenchmarkStart(b *testing.B) {
	for b.Loop() {
		if out, err := program(".", "--help").CombinedOutput(); err != nil {
			b.Fatalf("%v\n%s", err, out)
		}
	}
}
