// Package eventlog reads event logs: who did what on which case, from when to
// when. It knows tables (CSV, JSON lines, Parquet) with a column for each, and
// XES (IEEE 1849-2016), all also compressed.
//
//	log, err := eventlog.Read(ctx, "loans.csv.gz", eventlog.Options{})
package eventlog

import (
	"cmp"
	"context"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/dataset"
	"github.com/rehearse-dev/rehearse/internal/normalise"
)

// Bounds of a log. A column with more different values than these is no
// activity, or nobody's name.
const (
	MaxEvents     = 10_000_000
	maxActivities = 1_000
	maxResources  = 100_000
	maxName       = 1_000 // bytes
)

// Log is an event log in memory, 40 bytes an event. Events are grouped by case,
// cases in the order of their first event; in a case they are ordered by start,
// then end, then as written.
type Log struct {
	Path    string
	Columns Columns // as they were used
	Zone    *time.Location
	// Starts says whether the log tells when work began. Without it every
	// event's start is its end.
	Starts     bool
	Cases      []string
	Activities []string // in the order of the log
	Resources  []string
	Events     []Event
	Left       []Left
}

// Event is one activity on one case.
type Event struct {
	Case, Activity int32 // in Log.Cases and Log.Activities
	Resource       int32 // in Log.Resources; -1: nobody is named
	Start, End     int64 // nanoseconds since 1970 in UTC
}

// Left are rows that are no event of the log.
type Left struct {
	Why   string `json:"why"`
	Rows  int    `json:"rows"`
	First string `json:"first"` // where the first of them stands
}

// Columns are the names of the columns, in XES the keys of the attributes; ""
// stands for one that is found by its name, or for none.
type Columns struct {
	Case      string `json:"case"`
	Activity  string `json:"activity"`
	Resource  string `json:"resource,omitempty"`
	Start     string `json:"start,omitempty"`
	End       string `json:"end"`
	Lifecycle string `json:"lifecycle,omitempty"`
}

// Options say how a log is read.
type Options struct {
	Columns
	Zone  *time.Location      // of times that name none; nil: UTC
	Dates normalise.DateOrder // what 03/04/2025 is; day first by default
}

// Formats are the endings of files that can be read.
const Formats = "*.csv, *.jsonl, *.parquet or *.xes, all but Parquet also with .gz or .zst"

// Read reads a log. An error about its content is a [*dataset.SourceError] that
// names file and line.
func Read(ctx context.Context, path string, o Options) (*Log, error) {
	if o.Zone == nil {
		o.Zone = time.UTC
	}
	b := newBuilder(path, o)
	err := error(nil)
	switch _, table := dataset.FormatOf(path); {
	case isXES(path):
		err = b.xes(ctx)
	case table:
		err = b.table(ctx)
	default:
		err = fmt.Errorf("%s: the name does not say the format: name it %s", path, Formats)
	}
	if err == nil {
		err = b.finish()
	}
	if err != nil {
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
		return nil, dataset.Fault("%w", err)
	}
	return b.log, nil
}

func isXES(path string) bool {
	ext := strings.ToLower(filepath.Ext(path))
	if ext == ".gz" || ext == ".zst" || ext == ".zstd" {
		ext = strings.ToLower(filepath.Ext(strings.TrimSuffix(path, filepath.Ext(path))))
	}
	return ext == ".xes"
}

// Of is the events of every case, by the case's number.
func (l *Log) Of() [][]Event {
	out := make([][]Event, len(l.Cases))
	for from := 0; from < len(l.Events); {
		to := from
		for to < len(l.Events) && l.Events[to].Case == l.Events[from].Case {
			to++
		}
		out[l.Events[from].Case] = l.Events[from:to]
		from = to
	}
	return out
}

// Keep is the log of some of its cases alone; names keep their numbers, cases do
// not.
func (l *Log) Keep(keep func(c int, events []Event) bool) *Log {
	out := *l
	out.Cases, out.Events, out.Left = nil, nil, nil
	for c, events := range l.Of() {
		if !keep(c, events) {
			continue
		}
		n := int32(len(out.Cases))
		out.Cases = append(out.Cases, l.Cases[c])
		for _, e := range events {
			e.Case = n
			out.Events = append(out.Events, e)
		}
	}
	return &out
}

// order puts events into the order of a log.
func order(events []Event) {
	slices.SortStableFunc(events, func(a, b Event) int {
		return cmp.Or(cmp.Compare(a.Case, b.Case), cmp.Compare(a.Start, b.Start), cmp.Compare(a.End, b.End))
	})
}
