// Package pqguard holds what a Parquet file says about its sizes against the
// file, before the library believes it: damaged files would else ask for many
// gigabytes, or never end.
package pqguard

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/encoding/thrift"
	"github.com/parquet-go/parquet-go/format"
	"github.com/pierrec/lz4/v4"
)

// maxPage is how large a page may say that it is when unpacked.
const maxPage = 512 << 20

// Footer compares the length that a footer says it has with the file's.
func Footer(f io.ReaderAt, size int64) error {
	const around = 12 // a mark at either end, and the length
	if size < around {
		return fmt.Errorf("a file of %d bytes", size)
	}
	end := make([]byte, 8)
	if n, err := f.ReadAt(end, size-8); n < len(end) {
		return err
	}
	if footer := int64(binary.LittleEndian.Uint32(end)); footer > size-around && bytes.HasPrefix(end[4:], []byte("PAR")) {
		return fmt.Errorf("a footer of %d bytes in a file of %d", footer, size)
	}
	return nil
}

// Pages walks the page headers of a column of a row group before the
// library reads its pages. The library believes what a damaged header says
// about counts and sizes, and would ask for many gigabytes.
func Pages(f io.ReaderAt, file *parquet.File, group, column int) error {
	rows := file.Metadata().RowGroups[group].NumRows
	meta := &file.Metadata().RowGroups[group].Columns[column].MetaData
	// The library unpacks all row groups as it does the first.
	if meta.Codec != file.Metadata().RowGroups[0].Columns[column].MetaData.Codec {
		return errors.New("its row groups are not packed alike")
	}
	leaf := file.Schema().Columns()[column]
	if l, ok := file.Schema().Lookup(leaf...); ok && l.MaxRepetitionLevel == 0 && meta.NumValues != rows {
		return fmt.Errorf("has %d values in %d rows", meta.NumValues, rows)
	}
	at := meta.DataPageOffset
	if d := meta.DictionaryPageOffset; d > 0 && d < at {
		at = d
	}
	end := at + meta.TotalCompressedSize
	for values := int64(0); values < meta.NumValues; {
		if at < 0 || at >= end || end > file.Size() {
			return errors.New("its pages hold fewer values than it names")
		}
		header, size, err := pageHeader(f, at, end)
		if err != nil {
			return err
		}
		at += size
		if err := checkPage(f, at, header, meta.Codec); err != nil {
			return err
		}
		at += int64(header.CompressedPageSize)
		switch {
		case header.DataPageHeader.Valid:
			values += int64(header.DataPageHeader.V.NumValues)
		case header.DataPageHeaderV2.Valid:
			values += int64(header.DataPageHeaderV2.V.NumValues)
		}
		if values > meta.NumValues {
			return errors.New("its pages hold more values than it names")
		}
	}
	return nil
}

// pageHeader decodes the header at an offset and gives its size. Statistics
// make some headers long.
func pageHeader(f io.ReaderAt, at, end int64) (*format.PageHeader, int64, error) {
	protocol := thrift.CompactProtocol{}
	for want := int64(1 << 10); ; want *= 8 {
		buf := make([]byte, min(want, end-at))
		if n, err := f.ReadAt(buf, at); n < len(buf) {
			return nil, 0, fmt.Errorf("page at byte %d: %w", at, err)
		}
		r := bytes.NewReader(buf)
		header := new(format.PageHeader)
		err := thrift.NewDecoder(protocol.NewReader(r)).Decode(header)
		if err == nil {
			return header, int64(len(buf) - r.Len()), nil
		}
		if int64(len(buf)) < want || want > 16<<20 {
			return nil, 0, fmt.Errorf("page at byte %d: %w", at, err)
		}
	}
}

// checkPage compares what the header of a page and the start of its packed
// content say about its size.
func checkPage(f io.ReaderAt, at int64, h *format.PageHeader, codec format.CompressionCodec) error {
	size, packed := int64(h.UncompressedPageSize), int64(h.CompressedPageSize)
	if size < 0 || packed < 0 || size > maxPage || packed > maxPage {
		return fmt.Errorf("page at byte %d says that it holds %d bytes, %d packed; at most %d are read", at, size, packed, maxPage)
	}
	if d := h.DictionaryPageHeader; d.Valid && int64(d.V.NumValues) > 8*size {
		return fmt.Errorf("dictionary at byte %d says that it holds %d values in %d bytes", at, d.V.NumValues, size)
	}
	if v2 := h.DataPageHeaderV2; v2.Valid {
		levels := int64(v2.V.RepetitionLevelsByteLength) + int64(v2.V.DefinitionLevelsByteLength)
		if levels < 0 || levels > packed || levels > size {
			return fmt.Errorf("page at byte %d says that its levels take %d of %d bytes", at, levels, packed)
		}
		at, packed, size = at+levels, packed-levels, size-levels
		if v2.V.IsCompressed.Valid && !v2.V.IsCompressed.V {
			return nil
		}
	}
	if codec == format.Lz4Raw {
		return checkLZ4(f, at, packed, size)
	}
	start := make([]byte, min(packed, zstd.HeaderMaxSize))
	if n, err := f.ReadAt(start, at); n < len(start) {
		return fmt.Errorf("page at byte %d: %w", at, err)
	}
	var says uint64
	switch codec {
	case format.Zstd:
		var header zstd.Header
		if len(start) == 0 || header.Decode(start) != nil || !header.HasFCS {
			return nil
		}
		says = header.FrameContentSize
	case format.Snappy:
		says, _ = binary.Uvarint(start)
	}
	if says > uint64(size) {
		return fmt.Errorf("page at byte %d unpacks to %d bytes, its header says %d", at, says, size)
	}
	return nil
}

// checkLZ4 unpacks a page to see that it fits. The library takes any fault of
// the content for a want of room, and doubles the room until there is none.
func checkLZ4(f io.ReaderAt, at, packed, size int64) error {
	content := make([]byte, packed)
	if n, err := f.ReadAt(content, at); n < len(content) {
		return fmt.Errorf("page at byte %d: %w", at, err)
	}
	if _, err := lz4.UncompressBlock(content, make([]byte, size)); err != nil {
		return fmt.Errorf("page at byte %d does not unpack to the %d bytes that its header says", at, size)
	}
	return nil
}
