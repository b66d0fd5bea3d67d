package convert

import (
	"compress/gzip"
	"io"
	"path/filepath"
	"strings"

	"github.com/klauspost/compress/zstd"
)

// Packer packs what is written as a file's name says: gzip for .gz, zstd for
// .zst, else not at all. Close ends the packing, and leaves w open.
func Packer(w io.Writer, path string) (io.WriteCloser, error) {
	switch strings.ToLower(filepath.Ext(path)) {
	case ".gz":
		return gzip.NewWriter(w), nil
	case ".zst", ".zstd":
		return zstd.NewWriter(w, zstd.WithEncoderConcurrency(1))
	}
	return open{w}, nil
}

type open struct{ io.Writer }

func (open) Close() error { return nil }
