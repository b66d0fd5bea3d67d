package decisions

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/queue"
)

// Parse reads a file of decisions: JSONL as the form saves it, or CSV as the
// queue's table is filled in. Rows in which nothing is decided are passed over.
// The path says which of the two it is, and places faults.
func Parse(path string, data []byte) ([]Decision, diag.List) {
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if strings.HasSuffix(strings.ToLower(path), ".csv") {
		return parseCSV(path, data)
	}
	return parseJSONL(path, data)
}

// line is a decision as JSONL holds it.
type line struct {
	Queue    string         `json:"queue"`
	Entry    int            `json:"entry"`
	Case     string         `json:"case"`
	Outcome  map[string]any `json:"outcome"`
	Unknown  bool           `json:"unknown"`
	Note     string         `json:"note"`
	Reviewer string         `json:"reviewer"`
	At       string         `json:"at"`
	Seconds  float64        `json:"seconds"`
}

func parseJSONL(path string, data []byte) (out []Decision, diags diag.List) {
	lines := bufio.NewScanner(bytes.NewReader(data))
	lines.Buffer(nil, len(data)+1)
	for n := 1; lines.Scan(); n++ {
		at := flow.Pos{File: path, Line: n, Column: 1}
		if len(bytes.TrimSpace(lines.Bytes())) == 0 {
			continue
		}
		var l line
		dec := json.NewDecoder(bytes.NewReader(lines.Bytes()))
		dec.DisallowUnknownFields()
		dec.UseNumber()
		if err := dec.Decode(&l); err != nil {
			diags.Add(at, fmt.Sprintf("not a decision: %v", err), `{"entry": 1, "outcome": {...}, "reviewer": "Ann Lee", "at": "2026-11-21"}`)
			continue
		}
		d := Decision{Queue: l.Queue, Entry: l.Entry, Case: l.Case, Unknown: l.Unknown, Note: l.Note, Reviewer: strings.TrimSpace(l.Reviewer), Seconds: l.Seconds, Pos: at}
		for field, v := range l.Outcome {
			text := ""
			switch x := v.(type) {
			case nil:
				continue
			case string:
				text = strings.TrimSpace(x)
			default:
				raw, err := json.Marshal(x)
				if err != nil {
					diags.Add(at, fmt.Sprintf("field %q: %v", field, err), "")
					continue
				}
				text = string(raw)
			}
			d.say(field, text)
		}
		if d.check(l.At, &diags) {
			out = append(out, d)
		}
	}
	return out, diags
}

func (d *Decision) say(field, text string) {
	if text == "" {
		return
	}
	if d.Outcome == nil {
		d.Outcome = map[string]string{}
	}
	d.Outcome[field] = text
}

func parseCSV(path string, data []byte) (out []Decision, diags diag.List) {
	r := csv.NewReader(bytes.NewReader(data))
	r.Comma, r.FieldsPerRecord = comma(data), -1
	head, err := r.Read()
	if err != nil {
		diags.Add(flow.Pos{File: path, Line: 1, Column: 1}, "no line with the names of columns", "")
		return nil, diags
	}
	known := []string{queue.QueueColumn, queue.EntryColumn, queue.CaseColumn, queue.WeightColumn, queue.UnknownColumn, queue.NoteColumn, queue.ReviewerColumn, queue.AtColumn, queue.SecondsColumn}
	seen := map[string]bool{}
	for i, name := range head {
		line, column := r.FieldPos(i)
		at := flow.Pos{File: path, Line: line, Column: column}
		switch {
		case seen[name]:
			diags.Add(at, fmt.Sprintf("column %q twice", name), "")
		case slices.Contains(known, name), strings.HasPrefix(name, queue.InputPrefix), strings.HasPrefix(name, queue.ProposedPrefix), strings.HasPrefix(name, queue.OutcomePrefix):
		default:
			diags.Add(at, fmt.Sprintf("unknown column %q", name), diag.Suggest(name, append(known, queue.OutcomePrefix+"<field>")))
		}
		seen[name] = true
	}
	for {
		row, err := r.Read()
		if errors.Is(err, io.EOF) {
			return out, diags
		}
		if err != nil {
			at := flow.Pos{File: path}
			var pe *csv.ParseError
			if errors.As(err, &pe) {
				at.Line, at.Column, err = pe.Line, pe.Column, pe.Err
			}
			diags.Add(at, err.Error(), "")
			return out, diags
		}
		first, _ := r.FieldPos(0)
		if len(row) != len(head) {
			diags.Add(flow.Pos{File: path, Line: first, Column: 1}, fmt.Sprintf("%d fields, and %d columns", len(row), len(head)), "")
			continue
		}
		d := Decision{Pos: flow.Pos{File: path, Line: first, Column: 1}}
		at, bad := "", false
		for i, text := range row {
			text = strings.TrimSpace(text)
			line, column := r.FieldPos(i)
			fault := func(message, hint string) {
				diags.Add(flow.Pos{File: path, Line: line, Column: column}, message, hint)
				bad = true
			}
			switch name := head[i]; {
			case text == "":
			case name == queue.QueueColumn:
				d.Queue = text
			case name == queue.EntryColumn:
				if d.Entry, err = strconv.Atoi(text); err != nil {
					fault(fmt.Sprintf("entry %q is no number", text), "")
				}
			case name == queue.CaseColumn:
				d.Case = queue.FromTable(text)
			case name == queue.UnknownColumn:
				switch strings.ToLower(text) {
				case "true", "yes", "x", "1":
					d.Unknown = true
				case "false", "no", "0":
				default:
					fault(fmt.Sprintf("unknown is %q", text), "yes, or nothing")
				}
			case name == queue.NoteColumn:
				d.Note = text
			case name == queue.ReviewerColumn:
				d.Reviewer = text
			case name == queue.AtColumn:
				at = text
			case name == queue.SecondsColumn:
				if d.Seconds, err = strconv.ParseFloat(text, 64); err != nil {
					fault(fmt.Sprintf("seconds are %q", text), "a number")
				}
			case strings.HasPrefix(name, queue.OutcomePrefix):
				d.say(strings.TrimPrefix(name, queue.OutcomePrefix), text)
			}
		}
		if !bad && (d.Unknown || len(d.Outcome) > 0) && d.check(at, &diags) {
			out = append(out, d)
		}
	}
}

// comma is what separates the columns: the most frequent of what people use.
func comma(data []byte) rune {
	head, _, _ := bytes.Cut(data, []byte("\n"))
	best, most := ',', 0
	for _, c := range ",;\t|" {
		if n := bytes.Count(head, []byte(string(c))); n > most {
			best, most = c, n
		}
	}
	return best
}

// check says what a decision lacks, whatever queue it is of.
func (d *Decision) check(at string, diags *diag.List) bool {
	before := len(*diags)
	if d.Entry == 0 && d.Case == "" {
		diags.Add(d.Pos, "a decision about no case", "its entry in the queue, or the case's id")
	}
	if d.Reviewer == "" {
		diags.Add(d.Pos, "nobody says who decided", "reviewer")
	}
	if d.Unknown == (len(d.Outcome) > 0) {
		diags.Add(d.Pos, "want one of an outcome and unknown, where nobody can tell", "")
	}
	if !(d.Seconds >= 0) || d.Seconds > 1e7 {
		diags.Add(d.Pos, fmt.Sprintf("it took %v seconds", d.Seconds), "a number from 0 up")
	}
	var ok bool
	if d.At, ok = parseTime(at); !ok {
		diags.Add(d.Pos, fmt.Sprintf("at is %q, no date or time", at), "as 2026-11-21 or 2026-11-21T09:30:00Z")
	}
	return len(*diags) == before
}

func parseTime(s string) (time.Time, bool) {
	for _, layout := range []string{time.RFC3339, time.DateOnly, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if t, err := time.Parse(layout, s); err == nil {
			return t.UTC(), true
		}
	}
	return time.Time{}, false
}

// Write writes decisions as JSONL.
func Write(w io.Writer, all []Decision) error {
	enc := json.NewEncoder(w)
	for i := range all {
		if err := enc.Encode(&all[i]); err != nil {
			return err
		}
	}
	return nil
}
