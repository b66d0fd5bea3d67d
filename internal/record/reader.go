package record

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/parquet-go/parquet-go"
	"github.com/parquet-go/parquet-go/format"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/pqguard"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// Run is a run record opened for reading.
type Run struct {
	Dir    string
	Header *Header
}

// Open reads a run's header.
func Open(dir string) (*Run, error) {
	path := filepath.Join(dir, "run.json")
	data, err := regular.Read(path)
	if errors.Is(err, os.ErrNotExist) {
		return nil, fmt.Errorf("%s is not a run: it has no run.json", dir)
	}
	if err != nil {
		return nil, err
	}
	var h Header
	if err := json.Unmarshal(data, &h); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	if h.FormatVersion != FormatVersion {
		return nil, fmt.Errorf("%s: format version %d, this program reads %d", path, h.FormatVersion, FormatVersion)
	}
	if err := h.check(); err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return &Run{Dir: dir, Header: &h}, nil
}

// check refuses a header that no program writes.
func (h *Header) check() error {
	switch {
	case !slices.Contains([]State{Running, Interrupted, Complete}, h.State):
		return fmt.Errorf("state %q, want %s, %s or %s", h.State, Running, Interrupted, Complete)
	case h.SegmentCases < 1 || h.SegmentCases%BlockCases != 0:
		return fmt.Errorf("segments of %d cases, want a multiple of %d", h.SegmentCases, BlockCases)
	case h.Repeats < 1:
		return fmt.Errorf("%d repeats, want 1 or more", h.Repeats)
	}
	return nil
}

// Segments are the run's trial files in case order, a partial one last. One
// that is missing before the last is an error.
func (r *Run) Segments() ([]string, error) {
	names, err := segments(r.Dir, "trials")
	if err != nil {
		return nil, err
	}
	for i, name := range names {
		want := fmt.Sprintf("trials-%05d", i)
		if got, _, _ := strings.Cut(filepath.Base(name), "."); got != want {
			return nil, fmt.Errorf("%s: %s.parquet is missing: bring it back, or replay the run again", r.Dir, want)
		}
	}
	return names, nil
}

func segments(dir, what string) ([]string, error) {
	names, err := filepath.Glob(filepath.Join(dir, what+"-*.parquet"))
	if err != nil {
		return nil, err
	}
	slices.Sort(names)
	// A partial segment next to the complete one of its number was left by a
	// crash between writing the second and removing the first.
	return slices.DeleteFunc(names, func(name string) bool {
		whole, partial := strings.CutSuffix(name, ".partial.parquet")
		return partial && slices.Contains(names, whole+".parquet")
	}), nil
}

// Trials streams the trials in case order. The trial is valid until the next
// one is asked for. Outcome is the workflow's. A run that calls itself complete
// and lacks cases is an error: its figures would be those of other cases.
func (r *Run) Trials(outcome *flow.Schema) iter.Seq2[*flow.Trial, error] {
	return func(yield func(*flow.Trial, error) bool) {
		names, err := r.Segments()
		if err != nil {
			yield(nil, err)
			return
		}
		d := decoder{outcome: outcome, tagNames: r.Header.Data.Tags, tags: make(map[string][]string)}
		var t flow.Trial
		cases, last := int64(0), ""
		for _, name := range names {
			for row, err := range rows[trialRow](name) {
				if err == nil {
					err = d.trial(row, &t)
				}
				if cases == 0 || t.Case != last {
					cases, last = cases+1, t.Case
				}
				if err != nil {
					yield(nil, fmt.Errorf("%s: %w", name, err))
					return
				}
				if !yield(&t, nil) {
					return
				}
			}
		}
		if want := r.Header.Data.Cases; r.Header.State == Complete && cases != want {
			yield(nil, fmt.Errorf("%s holds %d cases, and its run.json says that all %d are there: replay the run again", r.Dir, cases, want))
		}
	}
}

// Timings streams what was measured on the clock.
func (r *Run) Timings() iter.Seq2[flow.Timing, error] {
	return func(yield func(flow.Timing, error) bool) {
		names, err := segments(r.Dir, "timings")
		if err != nil {
			yield(flow.Timing{}, err)
			return
		}
		for _, name := range names {
			for row, err := range rows[timingRow](name) {
				if err != nil {
					yield(flow.Timing{}, fmt.Errorf("%s: %w", name, err))
					return
				}
				t := flow.Timing{
					Case: row.Case, Design: row.Design, Variant: row.Variant, Repeat: int(row.Repeat),
					Step: row.Step, Wall: time.Duration(row.Wall), Cached: row.Cached, Spent: row.Spent,
				}
				if !yield(t, nil) {
					return
				}
			}
		}
	}
}

// Kept is how many cases the run holds, from the ends of its files alone.
func (r *Run) Kept() (int64, error) {
	names, err := r.Segments()
	if err != nil {
		return 0, err
	}
	trials := int64(0)
	for _, name := range names {
		n, err := count(name)
		if err != nil {
			return 0, fmt.Errorf("%s: %w", name, err)
		}
		trials += n
	}
	return trials / int64(max(1, len(r.Header.Designs)*r.Header.Repeats)), nil
}

// count is how many rows a Parquet file says it has.
func count(name string) (n int64, err error) {
	defer func() {
		if p := recover(); p != nil {
			err = fmt.Errorf("damaged file: %v", p)
		}
	}()
	f, err := regular.Open(name)
	if err != nil {
		return 0, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return 0, err
	}
	file, err := parquet.OpenFile(f, info.Size(), parquet.SkipPageIndex(true), parquet.SkipBloomFilters(true))
	if err != nil {
		return 0, err
	}
	return file.NumRows(), nil
}

// open opens a Parquet file as a run's record has it: just the columns of T,
// packed as the writer packs. Pages have checksums, and what the file says of them
// at its end has none; the library gives zeros for a column that it does not find,
// and unpacks what a damaged end says as it says it.
func open[T any](f *os.File) (*parquet.File, error) {
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	if err := pqguard.Footer(f, info.Size()); err != nil {
		return nil, err
	}
	file, err := parquet.OpenFile(f, info.Size())
	if err != nil {
		return nil, err
	}
	if want := parquet.SchemaOf(new(T)); !parquet.EqualNodes(want, file.Schema()) {
		return nil, errors.New("its columns are not those of a run's record")
	}
	for g := range file.Metadata().RowGroups {
		for c := range file.Metadata().RowGroups[g].Columns {
			column := &file.Metadata().RowGroups[g].Columns[c].MetaData
			if column.Codec != format.Zstd {
				return nil, fmt.Errorf("%s is packed as a run's record never is", strings.Join(column.PathInSchema, "."))
			}
			if err := pqguard.Pages(f, file, g, c); err != nil {
				return nil, fmt.Errorf("%s: %w", strings.Join(column.PathInSchema, "."), err)
			}
		}
	}
	return file, nil
}

// rows streams the rows of one Parquet file. A damaged file is an error: the
// library may panic on one.
func rows[T any](name string) iter.Seq2[*T, error] {
	return func(yield func(*T, error) bool) {
		stopped := false
		defer func() {
			if p := recover(); p != nil {
				if stopped {
					panic(p)
				}
				yield(nil, fmt.Errorf("damaged file: %v", p))
			}
		}()
		f, err := regular.Open(name)
		if err != nil {
			yield(nil, err)
			return
		}
		defer f.Close()
		file, err := open[T](f)
		if err != nil {
			yield(nil, fmt.Errorf("damaged file: %w", err))
			return
		}
		reader := parquet.NewGenericReader[T](file)
		defer reader.Close()
		buf := make([]T, 128)
		for {
			clear(buf)
			n, err := reader.Read(buf)
			for i := range buf[:n] {
				stopped = true
				more := yield(&buf[i], nil)
				if !more {
					return
				}
				stopped = false
			}
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				yield(nil, err)
				return
			}
		}
	}
}

// decoder turns rows back into trials.
type decoder struct {
	outcome  *flow.Schema
	tagNames []string
	tags     map[string][]string
}

func (d *decoder) trial(r *trialRow, t *flow.Trial) error {
	*t = flow.Trial{
		Case: r.Case, Index: r.Index, Cluster: r.Cluster, Weight: r.Weight,
		Design: r.Design, Variant: r.Variant, Repeat: int(r.Repeat), InputDigest: r.Input,
		Status: flow.Status(r.Status), Reason: r.Reason, Team: r.Team, End: r.End,
		Right: r.Right, ShadowWhy: r.ShadowWhy,
	}
	if r.Time != 0 {
		t.Time = time.UnixMicro(r.Time).UTC()
	}
	var err error
	if t.Tags, err = d.tagValues(r.Tags); err != nil {
		return err
	}
	if t.Outcome, err = d.values(r.Outcome); err != nil {
		return fmt.Errorf("case %q: outcome: %w", r.Case, err)
	}
	if t.Shadow, err = d.values(r.Shadow); err != nil {
		return fmt.Errorf("case %q: shadow outcome: %w", r.Case, err)
	}
	for i := range r.Routes {
		x := &r.Routes[i]
		t.Routes = append(t.Routes, flow.RouteTaken{Step: x.Step, Branch: int(x.Branch), To: x.To, Because: x.Because, Values: []byte(x.Values), Shadow: x.Shadow})
	}
	for i := range r.Steps {
		t.Spans = append(t.Spans, span(&r.Steps[i]))
	}
	for i := range r.Handoffs {
		x := &r.Handoffs[i]
		t.Handoffs = append(t.Handoffs, flow.Handoff{
			From: x.From, To: x.To, Kind: flow.HandoffKind(x.Kind), Detail: x.Detail, Clause: x.Clause,
			After: x.After, Digest: x.Digest, Shadow: x.Shadow,
		})
	}
	return nil
}

func span(x *spanRow) flow.Span {
	s := flow.Span{
		Step: x.Step, Kind: x.Kind, Actor: flow.Actor(x.Actor), Shadow: x.Shadow,
		Class: flow.ErrorClass(x.Class), Error: x.Error, Source: x.Source, Team: x.Team, Key: x.Key,
	}
	if x.Output != nil {
		s.Output = []byte(*x.Output)
	}
	if x.Suggested != nil {
		s.Suggested = []byte(*x.Suggested)
	}
	if x.Raw != nil && x.Calibrated != nil {
		s.Confidence = &flow.Confidence{Raw: *x.Raw, Calibrated: *x.Calibrated}
		for _, c := range x.Classes {
			s.Confidence.Classes = append(s.Confidence.Classes, flow.Class{Name: c.Name, P: c.P})
		}
	}
	for _, a := range x.Attempts {
		s.Attempts = append(s.Attempts, flow.Attempt{
			TokensIn: a.TokensIn, TokensCached: a.TokensCached, TokensOut: a.TokensOut,
			Price: a.Price, Latency: time.Duration(a.Latency), Class: flow.ErrorClass(a.Class), Model: a.Model,
		})
	}
	return s
}

func (d *decoder) values(text *string) ([]any, error) {
	if text == nil {
		return nil, nil
	}
	return flow.ParseJSON([]byte(*text), d.outcome)
}

func (d *decoder) tagValues(text string) ([]string, error) {
	if values, ok := d.tags[text]; ok {
		return values, nil
	}
	var m map[string]string
	if err := json.Unmarshal([]byte(text), &m); err != nil {
		return nil, fmt.Errorf("tags %q: %w", text, err)
	}
	values := make([]string, len(d.tagNames))
	for i, name := range d.tagNames {
		values[i] = m[name]
	}
	d.tags[text] = values
	return values, nil
}
