package dataset

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"slices"

	"github.com/rehearse-dev/rehearse/internal/regular"
)

// Digests identify the files behind a dataset.
type Digests struct {
	Card    string       // sha256, hex; "" for a bare file
	Sources []FileDigest // and the review file behind them
}

// Whole identifies the dataset: the SHA-256 of the digests of its card and its
// sources in their order, each in hex and on a line of its own.
func (d Digests) Whole() string {
	h := sha256.New()
	fmt.Fprintln(h, d.Card)
	for _, s := range d.Sources {
		fmt.Fprintln(h, s.SHA256)
	}
	return hex.EncodeToString(h.Sum(nil))
}

// FileDigest is a file by its content.
type FileDigest struct {
	Path   string
	SHA256 string // hex
	Bytes  int64
}

// Digests reads the card's sources, its review file and that of its regression
// split, and identifies them, packed as they are.
func (c *Card) Digests(ctx context.Context) (Digests, error) {
	out := Digests{Card: c.Digest}
	files := slices.Clone(c.Sources)
	for _, file := range []string{c.Review, c.RegressionFile} {
		if file != "" {
			files = append(files, file)
		}
	}
	for _, path := range files {
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
