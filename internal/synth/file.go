package synth

import (
	"io/fs"
	"os"
	"path/filepath"
)

// A File is one shipped file: its path below the repository's root, and what
// writes it to a full path.
type File struct {
	Path  string
	write func(path string) error
}

// rowGroup is the number of rows in one row group of the shipped files.
const rowGroup = 1000

// Table is a Parquet file of the rows.
func Table[T any](path string, rows []T) File {
	return File{path, func(full string) error { return WriteParquet(full, rows, rowGroup) }}
}

// Copy is the file called name of fsys, as it stands there.
func Copy(path string, fsys fs.FS, name string) File {
	return File{path, func(full string) error {
		data, err := fs.ReadFile(fsys, name)
		if err != nil {
			return err
		}
		if err := os.MkdirAll(filepath.Dir(full), 0o755); err != nil {
			return err
		}
		return os.WriteFile(full, data, 0o644)
	}}
}

// WriteFiles writes the files below root and returns the paths of those that
// it wrote, relative to root.
func WriteFiles(root string, files []File) ([]string, error) {
	var written []string
	for _, f := range files {
		if err := f.write(filepath.Join(root, f.Path)); err != nil {
			return written, err
		}
		written = append(written, f.Path)
	}
	return written, nil
}
