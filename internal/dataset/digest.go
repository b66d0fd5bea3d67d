package dataset

import (
	"bufio"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
	"io"
	"maps"
	"slices"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// Digests identify the files behind a dataset.
type Digests struct {
	Card    string // sha256, hex
	Sources []FileDigest
}

// FileDigest is a file by its content.
type FileDigest struct {
	Path   string
	SHA256 string // hex
	Bytes  int64
}

// Digests reads the card's sources and identifies them, packed as they are.
func (c *Card) Digests(ctx context.Context) (Digests, error) {
	out := Digests{Card: c.Digest}
	for _, path := range c.Sources {
		d, err := digestFile(ctx, path)
		if err != nil {
			return out, faulty(err)
		}
		out.Sources = append(out.Sources, d)
	}
	return out, nil
}

func digestFile(ctx context.Context, path string) (FileDigest, error) {
	f, err := regular.Open(path)
	if err != nil {
		return FileDigest{}, fmt.Errorf("%s: %s", path, problem(err))
	}
	defer f.Close()
	h := sha256.New()
	d := FileDigest{Path: path}
	for {
		if err := ctx.Err(); err != nil {
			return d, err
		}
		n, err := io.CopyN(h, f, 16<<20)
		d.Bytes += n
		if err == io.EOF {
			d.SHA256 = hex.EncodeToString(h.Sum(nil))
			return d, nil
		}
		if err != nil {
			return d, fmt.Errorf("%s: %s", path, problem(err))
		}
	}
}

// CaseDigest identifies the inputs and labels of the cases that were really
// read, in order, whatever files they came from. The zero value is not ready.
type CaseDigest struct {
	inputs, labels   hash.Hash
	toInput, toLabel *bufio.Writer
	buf              []byte
}

// NewCaseDigest starts over no cases.
func NewCaseDigest() *CaseDigest {
	d := &CaseDigest{inputs: sha256.New(), labels: sha256.New()}
	d.toInput, d.toLabel = bufio.NewWriter(d.inputs), bufio.NewWriter(d.labels)
	return d
}

// Add takes in a case: its id with its input as canonical JSON, and with its
// label where it has one.
func (d *CaseDigest) Add(c *flow.Case) {
	b := flow.AppendValue(d.buf[:0], c.ID, false)
	head := len(b)
	b = flow.AppendJSON(b, c.Input.Schema, c.Input.Values)
	d.toInput.Write(append(b, '\n'))
	if c.Label != nil {
		b = appendLabel(b[:head], c.Label)
		d.toLabel.Write(append(b, '\n'))
	}
	d.buf = b
}

// appendLabel appends all parts of a label, those unknown as null.
func appendLabel(b []byte, l *flow.Label) []byte {
	b = flow.AppendJSON(b, l.Outcome.Schema, l.Outcome.Values)
	for _, step := range slices.Sorted(maps.Keys(l.Steps)) {
		b = flow.AppendValue(b, step, false)
		b = flow.AppendJSON(b, l.Steps[step].Schema, l.Steps[step].Values)
	}
	routes := make(map[string]any, len(l.Routes))
	for k, v := range l.Routes {
		routes[k] = v
	}
	b = flow.AppendValue(b, routes, false)
	var needs, minutes any
	if l.NeedsPerson != nil {
		needs = *l.NeedsPerson
	}
	if l.Minutes != nil {
		minutes = *l.Minutes
	}
	b = flow.AppendValue(b, []any{needs, minutes}, false)
	return flow.AppendJSON(b, l.Person.Schema, l.Person.Values)
}

// Inputs is the sha256 of the inputs so far, in hex.
func (d *CaseDigest) Inputs() string {
	d.toInput.Flush()
	return hex.EncodeToString(d.inputs.Sum(nil))
}

// Labels is the sha256 of the labels so far, in hex.
func (d *CaseDigest) Labels() string {
	d.toLabel.Flush()
	return hex.EncodeToString(d.labels.Sum(nil))
}
