package main

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/rogpeppe/go-internal/testscript"
)

// nowhere checks that a text stands in no file of the script's folder, also none
// that is packed, and in no value of a Parquet file: nowhere TEXT.
func nowhere(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: nowhere text")
	}
	looked := 0
	ts.Check(filepath.WalkDir(ts.MkAbs("."), func(path string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() {
			return err
		}
		looked++
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		if bytes.Contains(data, []byte(args[0])) {
			ts.Fatalf("%s holds %q", path, args[0])
		}
		var values []byte
		switch filepath.Ext(path) {
		case ".gz":
			r, err := gzip.NewReader(bytes.NewReader(data))
			if err != nil {
				return err
			}
			if values, err = io.ReadAll(r); err != nil {
				return err
			}
		case ".zst":
			r, err := zstd.NewReader(bytes.NewReader(data))
			if err != nil {
				return err
			}
			defer r.Close()
			if values, err = io.ReadAll(r); err != nil {
				return err
			}
		case ".parquet":
			if values, err = parquetTexts(data); err != nil {
				return err
			}
		}
		if bytes.Contains(values, []byte(args[0])) {
			ts.Fatalf("%s holds %q, packed", path, args[0])
		}
		return nil
	}))
	if looked < 5 {
		ts.Fatalf("looked into %d files only", looked)
	}
}

// parquetTexts are all texts of a Parquet file.
func parquetTexts(data []byte) ([]byte, error) {
	f, err := parquet.OpenFile(bytes.NewReader(data), int64(len(data)))
	if err != nil {
		return nil, err
	}
	var out []byte
	for _, group := range f.RowGroups() {
		rows := group.Rows()
		buf := make([]parquet.Row, 64)
		for {
			n, err := rows.ReadRows(buf)
			for _, row := range buf[:n] {
				for _, v := range row {
					if v.Kind() == parquet.ByteArray {
						out = append(append(out, v.ByteArray()...), '\n')
					}
				}
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return nil, errors.Join(err, rows.Close())
			}
		}
		if err := rows.Close(); err != nil {
			return nil, err
		}
	}
	return out, nil
}
