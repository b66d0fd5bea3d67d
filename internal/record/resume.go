package record

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/rehearse-dev/rehearse/flow"
)

// Resume opens a run that was interrupted or killed, and says how many cases
// it holds already. A partial segment is written again into an open one, so
// that the run ends up with the same bytes as one that was never disturbed.
func Resume(dir string, outcome *flow.Schema) (w *Writer, done int64, err error) {
	run, err := Open(dir)
	if err != nil {
		return nil, 0, err
	}
	if run.Header.State == Complete {
		return nil, 0, fmt.Errorf("%s is complete: there is nothing to resume", dir)
	}
	w = &Writer{dir: dir, header: run.Header}
	if err := w.acquire(); err != nil {
		return nil, 0, err
	}
	defer func() {
		if err != nil {
			w.Abort()
		}
	}()
	names, err := run.Segments()
	if err != nil {
		return nil, 0, err
	}
	partial := ""
	for i, name := range names {
		if strings.HasSuffix(name, ".partial.parquet") {
			partial = name
			break
		}
		w.segment = i + 1
	}
	done = int64(w.segment) * int64(run.Header.SegmentCases)
	if partial != "" {
		n, err := w.rewrite(run, partial, outcome)
		if err != nil {
			return nil, 0, err
		}
		done += int64(n)
	}
	if err := w.clean(); err != nil {
		return nil, 0, err
	}
	w.header.State = Running
	return w, done, w.WriteHeader()
}

// rewrite copies a partial segment into a newly opened one, block by block.
// Only whole blocks are kept: those of the end are replayed again, so that
// blocks begin where they would have begun.
func (w *Writer) rewrite(run *Run, partial string, outcome *flow.Schema) (cases int, err error) {
	each := max(1, len(run.Header.Designs)*run.Header.Repeats)
	chunk := NewChunk(outcome, run.Header.Data.Tags)
	d := decoder{outcome: outcome, tagNames: run.Header.Data.Tags, tags: make(map[string][]string)}
	timings := w.timingsOf(strings.Replace(partial, "trials-", "timings-", 1))
	for row, err := range rows[trialRow](partial) {
		if err != nil {
			return 0, fmt.Errorf("%s: %w", partial, err)
		}
		var t flow.Trial
		if err := d.trial(row, &t); err != nil {
			return 0, fmt.Errorf("%s: %w", partial, err)
		}
		chunk.Add(&t)
		if chunk.Trials() < each*BlockCases {
			continue
		}
		var own []timingRow
		own, timings = cutTimings(timings, each*BlockCases)
		chunk.timings = append(chunk.timings, own...)
		if err := w.Write(chunk, BlockCases); err != nil {
			return 0, err
		}
		cases += BlockCases
		chunk.Reset()
	}
	return cases, nil
}

// cutTimings cuts off the timings of the first so many trials: each is that of
// the whole trial, followed by those of its steps.
func cutTimings(all []timingRow, trials int) (first, rest []timingRow) {
	for i, t := range all {
		if t.Step != "" {
			continue
		}
		if trials == 0 {
			return all[:i], all[i:]
		}
		trials--
	}
	return all, nil
}

// timingsOf are the timings beside a partial segment. They are an extra: a
// run is resumed without them where they cannot be read.
func (w *Writer) timingsOf(name string) []timingRow {
	var all []timingRow
	for row, err := range rows[timingRow](name) {
		if err != nil {
			break
		}
		all = append(all, *row)
	}
	return all
}

// clean removes what a killed process left: files that were never finished.
// A partial segment stays until the complete one of its number is in place.
func (w *Writer) clean() error {
	names, err := filepath.Glob(filepath.Join(w.dir, "*.open"))
	if err != nil {
		return err
	}
	for _, name := range names {
		if w.trials != nil && (name == w.trials.name+".open" || name == w.timings.name+".open") {
			continue
		}
		if err := os.Remove(name); err != nil {
			return err
		}
	}
	return nil
}
