package learn

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"hash"
)

// Digest names a trained model before it is trained: the SHA-256 over the
// settings, the columns and, in order, the rows and labels, each in a canonical
// form from which it could be read back, so that different inputs never give the
// same bytes. It also covers the version of the model's form. It holds one row
// at a time.
type Digest struct {
	columns []Column
	hash    hash.Hash
	w       writer
}

// NewDigest starts a digest.
func NewDigest(columns []Column, settings Settings) (*Digest, error) {
	if err := settings.Check(); err != nil {
		return nil, err
	}
	if err := checkColumns(columns); err != nil {
		return nil, err
	}
	d := &Digest{columns: columns, hash: sha256.New()}
	d.w.b = append(d.w.b, magic...)
	d.w.uint(version)
	d.w.settings(settings)
	d.w.columns(columns)
	d.flush()
	return d, nil
}

// Tags of a value in canonical form.
const (
	tagMissing = iota
	tagString
	tagNumber
)

// Add takes one row and its label. NaN is missing, as in training.
func (d *Digest) Add(row Row, label string) error {
	if err := checkRow(d.columns, row); err != nil {
		return err
	}
	for _, v := range row {
		if s, ok := v.(string); ok {
			d.w.uint(tagString)
			d.w.string(s)
		} else if x, ok := number(v); ok {
			d.w.uint(tagNumber)
			d.w.float64(x + 0) // turns -0 into 0
		} else {
			d.w.uint(tagMissing)
		}
	}
	d.w.string(label)
	d.flush()
	return nil
}

// Part marks the end of one part of the data, such as the training rows before
// the calibration rows.
func (d *Digest) Part(name string) {
	// No row starts with this tag, so that a part cannot be taken for one.
	d.w.uint(tagNumber + 1)
	d.w.string(name)
	d.flush()
}

func (d *Digest) flush() {
	d.hash.Write(d.w.b) // a hash never returns an error
	d.w.b = d.w.b[:0]
}

// Sum returns "sha256:" and the digest of all added so far, in hexadecimal.
func (d *Digest) Sum() string {
	return fmt.Sprintf("sha256:%s", hex.EncodeToString(d.hash.Sum(nil)))
}
