package synth

import (
	"fmt"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"
)

// WriteParquet writes the rows to a zstd Parquet file with row groups of
// rowGroup rows, making the folders above it. The schema is that of T.
func WriteParquet[T any](path string, rows []T, rowGroup int) error {
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	f, err := os.Create(path)
	if err != nil {
		return err
	}
	defer f.Close()
	// CreatedBy is fixed: the build information that the library puts there
	// by default differs between a test binary and a command.
	w := parquet.NewGenericWriter[T](f,
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedBestCompression}),
		parquet.CreatedBy("rehearse", "synth", ""))
	for start := 0; start < len(rows); start += rowGroup {
		if _, err := w.Write(rows[start:min(start+rowGroup, len(rows))]); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
		if err := w.Flush(); err != nil {
			return fmt.Errorf("%s: %w", path, err)
		}
	}
	if err := w.Close(); err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	return f.Close()
}
