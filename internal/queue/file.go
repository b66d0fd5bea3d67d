package queue

import (
	"bufio"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"

	"github.com/rehearse-dev/rehearse/internal/regular"
)

// Files of a queue's folder.
const (
	File  = "queue.jsonl" // all of it, what the design proposed included
	Table = "queue.csv"   // for people: to be filled in
	Form  = "form.html"   // for people: to be opened in a browser
)

// WriteJSONL writes the header and the entries, a line each.
func (q *Queue) WriteJSONL(w io.Writer) error {
	enc := json.NewEncoder(w)
	if err := enc.Encode(q.Header); err != nil {
		return err
	}
	for i := range q.Entries {
		if err := enc.Encode(&q.Entries[i]); err != nil {
			return err
		}
	}
	return nil
}

// Read reads a queue that WriteJSONL wrote.
func Read(path string) (*Queue, error) {
	f, err := regular.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return Parse(path, f)
}

// Parse reads a queue's text; the path is for faults.
func Parse(path string, r io.Reader) (*Queue, error) {
	q := &Queue{}
	lines := bufio.NewReader(r)
	seen := map[string]int{}
	for n := 1; ; n++ {
		line, err := lines.ReadBytes('\n')
		if errors.Is(err, io.EOF) && len(line) == 0 {
			break
		}
		if err != nil && !errors.Is(err, io.EOF) {
			return nil, err
		}
		fault := func(format string, args ...any) error {
			return fmt.Errorf("%s:%d:1: %s", path, n, fmt.Sprintf(format, args...))
		}
		if n == 1 {
			if err := json.Unmarshal(line, &q.Header); err != nil || q.Header.Queue == "" || len(q.Header.Outcome) == 0 {
				return nil, fault("not the head of a review queue: want a %s that 'eval review queue' wrote", File)
			}
			if q.Header.FormatVersion != FormatVersion {
				return nil, fault("a queue of format %d, want %d", q.Header.FormatVersion, FormatVersion)
			}
			continue
		}
		var e Entry
		if err := json.Unmarshal(line, &e); err != nil {
			return nil, fault("not a case of a review queue: %v", err)
		}
		if first, twice := seen[e.Case]; twice {
			return nil, fault("case %q is in line %d, too", e.Case, first)
		}
		if e.Number != n-1 || e.Case == "" || !(e.Inclusion > 0 && e.Inclusion <= 1) {
			return nil, fault("entry %d of case %q with inclusion probability %v: want entry %d, with an id and a probability above 0 up to 1", e.Number, e.Case, e.Inclusion, n-1)
		}
		seen[e.Case] = n
		q.Entries = append(q.Entries, e)
	}
	if q.Header.Queue == "" {
		return nil, fmt.Errorf("%s:1:1: empty: want a %s that 'eval review queue' wrote", path, File)
	}
	return q, nil
}

// Columns of a table that are the same in every queue. Those of the input begin
// with InputPrefix, those that reviewers fill in with OutcomePrefix.
const (
	QueueColumn    = "queue"
	EntryColumn    = "entry"
	CaseColumn     = "case"
	WeightColumn   = "sampling_weight"
	UnknownColumn  = "unknown"
	NoteColumn     = "note"
	ReviewerColumn = "reviewer"
	AtColumn       = "at"
	SecondsColumn  = "seconds"
	InputPrefix    = "input."
	ProposedPrefix = "proposed."
	OutcomePrefix  = "outcome."
)

// WriteCSV writes a table that reviewers fill in: a row a case. What the design
// proposed is shown of no case, or of those that are not in the audit.
func (q *Queue) WriteCSV(w io.Writer, proposed bool) error {
	out := csv.NewWriter(w)
	head := []string{QueueColumn, EntryColumn, CaseColumn, WeightColumn}
	if len(q.Entries) > 0 {
		for _, v := range q.Entries[0].Input {
			head = append(head, InputPrefix+v.Field)
		}
	}
	if proposed {
		for _, f := range q.Header.Outcome {
			head = append(head, ProposedPrefix+f)
		}
	}
	for _, f := range q.Header.Outcome {
		head = append(head, OutcomePrefix+f)
	}
	head = append(head, UnknownColumn, NoteColumn, ReviewerColumn, AtColumn, SecondsColumn)
	if err := out.Write(head); err != nil {
		return err
	}
	for i := range q.Entries {
		e := &q.Entries[i]
		row := []string{q.Header.Queue, strconv.Itoa(e.Number), unformulaic(q.CaseName(e)), strconv.FormatFloat(e.Sampling, 'g', 10, 64)}
		for _, v := range e.Input {
			row = append(row, unformulaic(v.Text))
		}
		if proposed {
			for _, f := range q.Header.Outcome {
				row = append(row, unformulaic(q.ProposedTo(e, f)))
			}
		}
		row = append(row, make([]string, len(head)-len(row))...)
		if err := out.Write(row); err != nil {
			return err
		}
	}
	out.Flush()
	return out.Error()
}

// CaseName is what reviewers may know a case by, "" where ids are personal.
func (q *Queue) CaseName(e *Entry) string {
	if q.Header.HideIDs && !q.Header.Personal {
		return ""
	}
	return e.Case
}

// ProposedTo is what a reviewer may see of the design's proposal for a field: ""
// in the audit, so that nobody is led.
func (q *Queue) ProposedTo(e *Entry, field string) string {
	if e.Drawn {
		return ""
	}
	for _, v := range e.Proposed {
		if v.Field == field {
			return v.Text
		}
	}
	return ""
}

// unformulaic is a text that a spreadsheet does not take for a formula. What
// would be read back as another text gets the mark too.
func unformulaic(s string) string {
	if bare := strings.TrimLeft(s, "'"); bare != "" && strings.ContainsRune("=+-@\t\r", rune(bare[0])) {
		if _, err := strconv.ParseFloat(s, 64); err != nil {
			return "'" + s
		}
	}
	return s
}

// FromTable is the text that a cell of a queue's table was written for.
func FromTable(cell string) string {
	if bare := strings.TrimPrefix(cell, "'"); bare != cell && unformulaic(bare) == cell {
		return bare
	}
	return cell
}
