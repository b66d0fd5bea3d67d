package learn

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/binary"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// small is a calibrated model of few features over all column kinds.
func small(t testing.TB) (*Model, []Row) {
	t.Helper()
	rows, labels := world(1, 60, 0.1)
	s := DefaultSettings()
	s.CharMax, s.CharMin, s.Epochs = 0, 0, 3
	m, err := train(t, mixedColumns, rows, labels, s).Calibrate(context.Background(), rows, labels)
	if err != nil {
		t.Fatal(err)
	}
	return m, rows
}

func TestRoundTrip(t *testing.T) {
	m, rows := small(t)
	b := marshal(t, m)
	got, err := Unmarshal(b)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(marshal(t, got), b) {
		t.Error("the model read back is written otherwise")
	}
	for _, d := range []string{
		cmp.Diff(m.Classes(), got.Classes()),
		cmp.Diff(m.Columns(), got.Columns()),
		cmp.Diff(m.Calibration(), got.Calibration()),
	} {
		if d != "" {
			t.Error(d)
		}
	}
	k := len(m.classes)
	for i, row := range rows {
		var probs [2][]float64
		for j, m := range []*Model{m, got} {
			probs[j] = make([]float64, 2*k)
			if err := m.Predict(row, probs[j][:k], probs[j][k:]); err != nil {
				t.Fatal(err)
			}
		}
		if d := cmp.Diff(probs[0], probs[1]); d != "" {
			t.Fatalf("row %d: %s", i, d)
		}
	}
}

func TestUnmarshalRefusesDamage(t *testing.T) {
	m, _ := small(t)
	good := marshal(t, m)
	for i := range good {
		bad := bytes.Clone(good)
		bad[i] ^= 0x10
		if _, err := Unmarshal(bad); err == nil {
			t.Fatalf("byte %d changed, and no error", i)
		}
		if _, err := Unmarshal(good[:i]); err == nil {
			t.Fatalf("cut after %d bytes, and no error", i)
		}
	}
	for _, tc := range []struct {
		why   string
		bytes []byte
		want  string
	}{
		{"another file", []byte("PAR1"), "not a classifier model"},
		{"a later version", binary.AppendUvarint([]byte(magic), 2), "version 2; this program reads version 1"},
		{"bytes after the model", append(bytes.Clone(good), 0), "checksum"},
	} {
		if _, err := Unmarshal(tc.bytes); err == nil || !strings.Contains(err.Error(), tc.want) {
			t.Errorf("%s: error %v; want %q", tc.why, err, tc.want)
		}
	}
}

// The checksum would stop nearly every mutated file, so the body is fuzzed
// under a true one. What is read must predict and be written back the same.
func FuzzUnmarshal(f *testing.F) {
	m, rows := small(f)
	w := &writer{}
	w.body(m)
	f.Add(w.b)
	f.Add(w.b[:len(w.b)/2])
	f.Fuzz(func(t *testing.T, body []byte) {
		b := binary.AppendUvarint([]byte(magic), version)
		b = append(b, body...)
		sum := sha256.Sum256(b)
		got, err := Unmarshal(append(b, sum[:]...))
		if err != nil {
			return
		}
		for _, row := range rows[:10] {
			_ = got.Predict(row, make([]float64, len(got.classes)), make([]float64, len(got.classes)))
		}
		again, err := Unmarshal(marshal(t, got))
		if err != nil {
			t.Fatalf("written and read again: %v", err)
		}
		if !bytes.Equal(marshal(t, again), marshal(t, got)) {
			t.Fatal("not stable when written, read and written")
		}
	})
}
