package record

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/compress/zstd"

	"github.com/rehearse-dev/rehearse/internal/lockfile"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// Writer writes a run. It is used by one goroutine.
//
// A segment is built beside its final name, synced and renamed into place:
// whatever carries a segment's name is complete.
type Writer struct {
	dir     string
	header  *Header
	lock    *lockfile.Lock
	segment int // number of the open or next segment
	trials  *segmentFile[trialRow]
	timings *segmentFile[timingRow]
	inOpen  int // cases in the open segment

	spending *os.File // nil until something is paid
}

// Create starts a run in a new folder, or in an empty one.
func Create(dir string, h *Header) (*Writer, error) {
	if entries, err := os.ReadDir(dir); err == nil && len(entries) > 0 {
		return nil, fmt.Errorf("%s is not empty: a run needs a folder of its own", dir)
	}
	if err := os.MkdirAll(filepath.Join(dir, "files"), 0o755); err != nil {
		return nil, err
	}
	w := &Writer{dir: dir, header: h}
	if err := w.acquire(); err != nil {
		return nil, err
	}
	if _, err := os.Stat(filepath.Join(dir, "run.json")); err == nil {
		// Another run came and went between the look at the folder and the lock.
		w.release()
		return nil, fmt.Errorf("%s is not empty: a run needs a folder of its own", dir)
	}
	if err := w.WriteHeader(); err != nil {
		w.release()
		return nil, err
	}
	return w, nil
}

// Dir is the run's folder.
func (w *Writer) Dir() string { return w.dir }

// Header is the run's header; what is changed in it is written by WriteHeader.
func (w *Writer) Header() *Header { return w.header }

// WriteHeader writes run.json.
func (w *Writer) WriteHeader() error {
	data, err := json.MarshalIndent(w.header, "", "  ")
	if err != nil {
		return err
	}
	return WriteFile(filepath.Join(w.dir, "run.json"), append(data, '\n'))
}

// CopyFile keeps a copy of a file in the run's folder.
func (w *Writer) CopyFile(copy string, content []byte) error {
	path := filepath.Join(w.dir, filepath.FromSlash(copy))
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return err
	}
	return WriteFile(path, content)
}

// Write appends a chunk that holds all trials of the given number of cases. A
// chunk never crosses a segment: the caller cuts chunks at multiples of
// Header.SegmentCases.
func (w *Writer) Write(c *Chunk, cases int) error {
	if w.trials == nil {
		if err := w.open(); err != nil {
			return err
		}
	}
	for col, writer := range w.trials.writer.ColumnWriters() {
		if _, err := writer.WriteRowValues(c.columns[col]); err != nil {
			return w.fail(err)
		}
	}
	if _, err := w.timings.writer.Write(c.timings); err != nil {
		return w.fail(err)
	}
	w.inOpen += cases
	if w.inOpen > w.header.SegmentCases {
		panic(fmt.Sprintf("record: %d cases in a segment of %d", w.inOpen, w.header.SegmentCases))
	}
	if w.inOpen == w.header.SegmentCases {
		return w.closeSegment("")
	}
	return nil
}

// Close ends the run: the open segment is completed when the run is, and kept
// as a partial one when it was interrupted. A partial segment is read like any
// other, and written again when the run is resumed.
func (w *Writer) Close(state State) error {
	defer w.release()
	defer w.closeSpending()
	if w.trials != nil {
		suffix := ".partial"
		if state == Complete {
			suffix = ""
		}
		if err := w.closeSegment(suffix); err != nil {
			return err
		}
	}
	w.header.State = state
	return w.WriteHeader()
}

// Abort lets go of the run without completing anything.
func (w *Writer) Abort() {
	if w.trials != nil {
		w.trials.discard()
		w.timings.discard()
		w.trials, w.timings = nil, nil
	}
	w.closeSpending()
	w.release()
}

func (w *Writer) open() error {
	trials, err := newSegment[trialRow](w.dir, "trials", w.segment)
	if err != nil {
		return err
	}
	timings, err := newSegment[timingRow](w.dir, "timings", w.segment)
	if err != nil {
		trials.discard()
		return err
	}
	w.trials, w.timings, w.inOpen = trials, timings, 0
	return nil
}

func (w *Writer) closeSegment(suffix string) error {
	// The timings go first: a segment counts as done by its trials.
	if err := w.timings.finish(suffix); err != nil {
		return w.fail(err)
	}
	if err := w.trials.finish(suffix); err != nil {
		return w.fail(err)
	}
	w.trials, w.timings, w.inOpen = nil, nil, 0
	w.segment++
	return syncDir(w.dir)
}

func (w *Writer) fail(err error) error {
	w.Abort()
	return fmt.Errorf("segment %d of %s: %w", w.segment, w.dir, err)
}

// segmentFile is a Parquet file that gets its name when it is complete.
type segmentFile[T any] struct {
	name   string // without .parquet
	file   *os.File
	buffer *bufio.Writer
	writer *parquet.GenericWriter[T]
}

func newSegment[T any](dir, what string, n int) (*segmentFile[T], error) {
	s := &segmentFile[T]{name: filepath.Join(dir, fmt.Sprintf("%s-%05d", what, n))}
	var err error
	if s.file, err = os.Create(s.name + ".open"); err != nil {
		return nil, err
	}
	s.buffer = bufio.NewWriterSize(s.file, 1<<18)
	options := []parquet.WriterOption{
		parquet.Compression(&zstd.Codec{Level: zstd.SpeedFastest, Concurrency: 1}),
		parquet.CreatedBy("rehearse", "", ""),
		parquet.PageBufferSize(1 << 20),
		parquet.DataPageStatistics(false),
	}
	// Nobody looks for a page by its smallest and largest value: a segment is
	// read whole. Finding them took a tenth of a replay's time.
	for _, path := range parquet.SchemaOf(new(T)).Columns() {
		options = append(options, parquet.SkipPageBounds(path...))
	}
	s.writer = parquet.NewGenericWriter[T](s.buffer, options...)
	return s, nil
}

func (s *segmentFile[T]) finish(suffix string) error {
	if err := s.writer.Close(); err != nil {
		s.discard()
		return err
	}
	if err := s.buffer.Flush(); err != nil {
		s.discard()
		return err
	}
	if err := s.file.Sync(); err != nil {
		s.discard()
		return err
	}
	if err := s.file.Close(); err != nil {
		return err
	}
	if err := os.Rename(s.name+".open", s.name+suffix+".parquet"); err != nil {
		return err
	}
	if suffix == "" {
		os.Remove(s.name + ".partial.parquet")
	}
	return nil
}

func (s *segmentFile[T]) discard() {
	s.file.Close()
	os.Remove(s.name + ".open")
}

// WriteFile writes a file so that it is there whole or not at all.
func WriteFile(path string, data []byte) error {
	return regular.Replace(path, func(w io.Writer) error {
		_, err := w.Write(data)
		return err
	})
}

func syncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		return err
	}
	defer d.Close()
	return d.Sync()
}
