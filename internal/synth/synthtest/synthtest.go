// Package synthtest holds the checks that the tests of all generators make of
// the shipped data.
package synthtest

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/parquet-go/parquet-go"
)

// Root is the repository's root, seen from a generator's package.
var Root = filepath.Join("..", "..", "..")

// Shipped fails unless what generate writes is what the repository holds, and
// is no more than limit bytes.
func Shipped(t *testing.T, generate func(root string) ([]string, error), limit int) {
	t.Helper()
	dir := t.TempDir()
	files, err := generate(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(files) == 0 {
		t.Fatal("the generator writes no file")
	}
	var total int
	for _, f := range files {
		got, err := os.ReadFile(filepath.Join(dir, f))
		if err != nil {
			t.Fatal(err)
		}
		want, err := os.ReadFile(filepath.Join(Root, f))
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got, want) {
			t.Errorf("%s differs from what the generator writes: run make datasets", f)
		}
		total += len(got)
	}
	if total > limit {
		t.Errorf("the shipped files take %d bytes together, want at most %d", total, limit)
	}
}

// Cases reads the cases of a shipped dataset.
func Cases[T any](t *testing.T, dataset string) []T {
	t.Helper()
	return rows[T](t, filepath.Join("datasets", dataset, "cases.parquet"))
}

// Reference reads a shipped reference table.
func Reference[T any](t *testing.T, workflow, table string) []T {
	t.Helper()
	return rows[T](t, filepath.Join("workflows", workflow, "reference", table))
}

func rows[T any](t *testing.T, path string) []T {
	t.Helper()
	rows, err := parquet.ReadFile[T](filepath.Join(Root, path))
	if err != nil {
		t.Fatal(err)
	}
	return rows
}

// InTime fails unless every id is given once and the cases run in time.
func InTime[T any](t *testing.T, cases []T, of func(T) (id string, at time.Time)) {
	t.Helper()
	seen := map[string]bool{}
	var last time.Time
	for _, c := range cases {
		id, at := of(c)
		if seen[id] {
			t.Errorf("case id %q is given twice", id)
		}
		seen[id] = true
		if at.Before(last) {
			t.Errorf("case %q comes before the case ahead of it", id)
		}
		last = at
	}
}

// NoLean fails where the share of cases that is true of is outside low to high
// in a group of more than 200: a key that should carry no label leans to one.
func NoLean[T any](t *testing.T, cases []T, is func(T) bool, low, high float64, groups map[string]func(T) string) {
	t.Helper()
	for name, key := range groups {
		total, n := map[string]int{}, map[string]int{}
		for _, c := range cases {
			total[key(c)]++
			if is(c) {
				n[key(c)]++
			}
		}
		for k, all := range total {
			if share := float64(n[k]) / float64(all); all > 200 && (share < low || share > high) {
				t.Errorf("%s %s: %.2f of %d, far from the rest", name, k, share, all)
			}
		}
	}
}

// Share fails unless the share of the cases that is true of is within low to high.
func Share[T any](t *testing.T, what string, cases []T, is func(T) bool, low, high float64) {
	t.Helper()
	n := 0
	for _, c := range cases {
		if is(c) {
			n++
		}
	}
	if share := float64(n) / float64(len(cases)); share < low || share > high {
		t.Errorf("%s: %d of %d, a share of %.3f, want %g to %g", what, n, len(cases), share, low, high)
	}
}

// A Version is a value of a reference table and when it became valid.
type Version[V any] struct {
	From  time.Time
	Value V
}

// Versions are the versions of each key of a reference table, in its order.
func Versions[T, V any](table []T, of func(T) (key string, v Version[V])) map[string][]Version[V] {
	m := map[string][]Version[V]{}
	for _, r := range table {
		key, v := of(r)
		m[key] = append(m[key], v)
	}
	return m
}

// AsOf is the value at a time, and the last of all; nil for none.
func AsOf[V any](vs []Version[V], t time.Time) (then, last *V) {
	for i := range vs {
		last = &vs[i].Value
		if !vs[i].From.After(t) {
			then = last
		}
	}
	return then, last
}
