package audit

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"os"
	"path/filepath"
	"slices"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/journal"
)

// Reader reads a log of a workflow. Nothing is held open between reads, and the
// log may be written meanwhile: a last line that is not whole yet is left out.
type Reader struct {
	dir            string // in errors
	folder         fs.FS
	input, outcome *flow.Schema
	tags           []string
	key            []byte
}

// Case is one case that was served and ended.
type Case struct {
	// Case is what was kept of it: values of withheld fields are nil, Label is
	// nil, Index counts from 0 as cases ended. A case that was sent again comes
	// again, with the same ID and another TrialID. Where ids are personal, ID is
	// an alias.
	flow.Case
	Withheld        []string // fields of the input whose values were not kept, in the schema's order
	OutcomeWithheld []string // the same of Trial.Outcome and Trial.Shadow
	TrialID         string
	Digest          string        // of the design that served it; its name is Trial.Design
	When            time.Time     // when it was sent
	Ended           time.Time     // when it ended
	Wall            time.Duration // how long the design worked on it
	Cost            float64       // listed price of its calls, in the workflow's currency; no work in shadow
	Spent           float64       // money that calls cost when it was served
	// Trial is as the engine gave it, without what is personal: withheld values
	// of Outcome and Shadow are nil; in JSON and texts a mark stands for them.
	Trial flow.Trial
	// Decision is the reviewer's; nil while there is none.
	Decision *Decision
}

// Decision is how a reviewer ended an escalated case.
type Decision struct {
	Reviewer string
	At       time.Time
	Took     time.Duration // how long the reviewer worked on it; 0 where nobody said
	Outcome  []any         // aligned with the workflow's outcome; nil where absent or withheld
	Withheld []string      // fields of Outcome whose values were not kept
	// Agrees says whether it is what the design would have done by itself; nil
	// where nobody knows.
	Agrees *bool
}

// Shadow is what another design would have done with a case.
type Shadow struct {
	ID, TrialID     string // of the case, and of its trial by the design that served it
	Digest          string // of the other design; its name is Trial.Design
	At              time.Time
	Wall            time.Duration
	Cost, Spent     float64
	OutcomeWithheld []string
	Trial           flow.Trial
}

// Read opens a log of a workflow with that input and outcome. tags are the names
// of the tags that its cases are wanted with, in that order. Fields that the log
// has and the schemas have not are left out.
func Read(dir string, input, outcome *flow.Schema, tags ...string) (*Reader, error) {
	names, err := files(dir)
	if err != nil {
		return nil, err
	}
	if len(names) == 0 {
		return nil, fmt.Errorf("%s: no audit log: it has no file %s", dir, fileName(1))
	}
	key, err := aliasKey(dir, false)
	if err != nil {
		return nil, err
	}
	return &Reader{dir: dir, folder: os.DirFS(dir), input: input, outcome: outcome, tags: tags, key: key}, nil
}

// Aliases are what the log may call a case of that id: the id, and its alias
// where ids are personal.
func (r *Reader) Aliases(id string) []string {
	if r.key == nil {
		return []string{id}
	}
	return []string{id, alias(r.key, "case", id)}
}

// Cases gives the cases that ended, in the order in which they did, with their
// decisions. A line that is none ends it with a [*journal.LineError].
func (r *Reader) Cases(ctx context.Context) iter.Seq2[*Case, error] {
	return func(yield func(*Case, error) bool) {
		decisions, err := r.decisions(ctx)
		if err != nil {
			yield(nil, err)
			return
		}
		var index int64
		open := map[string]*Case{}
		for l, err := range r.lines(ctx, Opened, Received, Stepped, Handed, Ended) {
			if err != nil {
				yield(nil, err)
				return
			}
			c, err := r.take(l, open)
			if err != nil {
				yield(nil, l.wrong(r.dir, err))
				return
			}
			if c == nil {
				continue
			}
			c.Index, c.Trial.Index = index, index
			index++
			if d, ok := decisions[c.TrialID]; ok {
				c.Decision = d
				delete(decisions, c.TrialID)
			}
			if !yield(c, nil) {
				return
			}
		}
	}
}

// take takes a line in, and gives the case that it ends.
func (r *Reader) take(l rawLine, open map[string]*Case) (*Case, error) {
	switch l.event {
	case Opened:
		var x openedLine
		if err := json.Unmarshal(l.text, &x); err != nil {
			return nil, err
		}
		if x.Opened {
			clear(open) // what was under way then never ends
		}
		return nil, nil
	case Received:
		var x caseLine
		if err := json.Unmarshal(l.text, &x); err != nil {
			return nil, err
		}
		c, err := r.received(&x)
		if err == nil {
			open[x.Trial] = c
		}
		return nil, err
	case Stepped:
		var x stepLine
		if err := json.Unmarshal(l.text, &x); err != nil {
			return nil, err
		}
		if c := open[x.Trial]; c != nil {
			x.addTo(&c.Trial)
		}
		return nil, nil
	case Handed:
		var x handoffLine
		if err := json.Unmarshal(l.text, &x); err != nil {
			return nil, err
		}
		if c := open[x.Trial]; c != nil {
			c.Trial.Handoffs = append(c.Trial.Handoffs, x.handoff.handoff())
		}
		return nil, nil
	}
	var x endLine
	if err := json.Unmarshal(l.text, &x); err != nil {
		return nil, err
	}
	c := open[x.Trial]
	if c == nil {
		return nil, fmt.Errorf("trial %q ends and never began", x.Trial)
	}
	delete(open, x.Trial)
	c.Ended, c.Wall, c.Cost, c.Spent = x.Time, fromMilliseconds(x.Wall), x.Cost, x.Spent
	withheld, err := x.fill(&c.Trial, r.outcome)
	c.OutcomeWithheld = withheld
	return c, err
}

func (r *Reader) received(x *caseLine) (*Case, error) {
	c := &Case{TrialID: x.Trial, Digest: x.Digest, When: x.Time}
	c.ID, c.Cluster, c.Weight, c.Tags = x.Case, x.Cluster, 1, make([]string, len(r.tags))
	if c.Cluster == "" {
		c.Cluster = c.ID
	}
	if x.Weight != nil {
		c.Weight = *x.Weight
	}
	if x.CaseTime != nil {
		c.Time = *x.CaseTime
	}
	for i, name := range r.tags {
		c.Tags[i] = x.Tags[name]
	}
	values, withheld, err := x.Input.values(r.input)
	if err != nil {
		return nil, fmt.Errorf("input: %w", err)
	}
	c.Input, c.Withheld = flow.Message{Schema: r.input, Values: values}, withheld
	c.Trial = flow.Trial{Case: c.ID, Time: c.Time, Cluster: c.Cluster, Weight: c.Weight, Tags: c.Tags, Design: x.Design}
	return c, nil
}

// decisions are the reviewers', by trial. The first counts.
func (r *Reader) decisions(ctx context.Context) (map[string]*Decision, error) {
	out := map[string]*Decision{}
	for l, err := range r.lines(ctx, Decided) {
		if err != nil {
			return nil, err
		}
		var x decisionLine
		if err := json.Unmarshal(l.text, &x); err != nil {
			return nil, l.wrong(r.dir, err)
		}
		if out[x.Trial] != nil {
			continue
		}
		values, withheld, err := x.Outcome.values(r.outcome)
		if err != nil {
			return nil, l.wrong(r.dir, fmt.Errorf("outcome: %w", err))
		}
		out[x.Trial] = &Decision{
			Reviewer: x.Reviewer, At: x.Time, Took: fromMilliseconds(1000 * x.Took), Outcome: values, Withheld: withheld, Agrees: x.Agrees,
		}
	}
	return out, nil
}

// Shadows gives what other designs would have done with the cases, in the order
// in which they had done so.
func (r *Reader) Shadows(ctx context.Context) iter.Seq2[*Shadow, error] {
	return func(yield func(*Shadow, error) bool) {
		for l, err := range r.lines(ctx, Shadowed) {
			var s *Shadow
			if err == nil {
				s, err = r.shadow(l)
			}
			if !yield(s, err) || err != nil {
				return
			}
		}
	}
}

func (r *Reader) shadow(l rawLine) (*Shadow, error) {
	var x shadowLine
	if err := json.Unmarshal(l.text, &x); err != nil {
		return nil, l.wrong(r.dir, err)
	}
	s := &Shadow{ID: x.Case, TrialID: x.Trial, Digest: x.Digest, At: x.Time, Wall: fromMilliseconds(x.Wall), Cost: x.Cost, Spent: x.Spent}
	s.Trial = flow.Trial{Case: x.Case, Weight: 1, Design: x.Design}
	for i := range x.Spans {
		x.Spans[i].addTo(&s.Trial)
	}
	for _, h := range x.Edges {
		s.Trial.Handoffs = append(s.Trial.Handoffs, h.handoff())
	}
	withheld, err := x.fill(&s.Trial, r.outcome)
	if err != nil {
		return nil, l.wrong(r.dir, err)
	}
	s.OutcomeWithheld = withheld
	return s, nil
}

// Actions gives what is known of each action's key, as it was written: the last
// about a key counts.
func (r *Reader) Actions(ctx context.Context) iter.Seq2[Action, error] {
	return func(yield func(Action, error) bool) {
		for l, err := range r.lines(ctx, Acted) {
			var x actionLine
			if err == nil {
				if err = json.Unmarshal(l.text, &x); err != nil {
					err = l.wrong(r.dir, err)
				}
			}
			if !yield(Action{Case: x.Case, Trial: x.Trial, Step: x.Step, Key: x.Key, State: x.State, Class: x.Class}, err) || err != nil {
				return
			}
		}
	}
}

// rawLine is a line whose event is known. Its text is valid until the next.
type rawLine struct {
	event  Event
	text   []byte
	file   string
	number int
}

// wrong says that something is wrong with the line.
func (l rawLine) wrong(dir string, err error) error {
	return &journal.LineError{File: filepath.Join(dir, l.file), Line: l.number, Err: err}
}

// lines gives the lines of some events.
func (r *Reader) lines(ctx context.Context, want ...Event) iter.Seq2[rawLine, error] {
	return func(yield func(rawLine, error) bool) {
		names, err := listed(r.folder)
		if err != nil {
			yield(rawLine{}, err)
			return
		}
		for i, name := range names {
			if !r.file(ctx, name, i == len(names)-1, want, yield) {
				return
			}
		}
	}
}

// file gives the lines of one file, and says whether to go on.
func (r *Reader) file(ctx context.Context, name string, last bool, want []Event, yield func(rawLine, error) bool) bool {
	f, err := r.folder.Open(name)
	if err != nil {
		yield(rawLine{}, err)
		return false
	}
	defer f.Close()
	in := bufio.NewReaderSize(f, 1<<18)
	for number := 1; ; number++ {
		if number%256 == 0 && ctx.Err() != nil {
			yield(rawLine{}, ctx.Err())
			return false
		}
		text, err := readLine(in)
		torn := err == io.EOF
		switch {
		case torn && (last || len(text) == 0):
			return true // being written, or left by a process that was killed
		case torn:
			err = errors.New("the line has no end")
		case err == nil && blank(text):
			continue
		}
		l := rawLine{text: text, file: name, number: number}
		if err == nil {
			l.event, err = eventOf(text)
		}
		if err != nil {
			yield(rawLine{}, l.wrong(r.dir, err))
			return false
		}
		if slices.Contains(want, l.event) && !yield(l, nil) {
			return false
		}
	}
}

// usual is how the lines that this package writes begin.
var usual = fmt.Appendf(nil, `{"schema":%d,"event":"`, SchemaVersion)

// eventOf is a line's event. Of a line that begins as this package writes them
// nothing more is parsed, so that lines nobody wants cost little.
func eventOf(text []byte) (Event, error) {
	if rest, ok := bytes.CutPrefix(text, usual); ok {
		if end := bytes.IndexByte(rest, '"'); end >= 0 {
			return Event(rest[:end]), nil
		}
	}
	var h head
	if err := json.Unmarshal(text, &h); err != nil {
		return "", err
	}
	if h.Schema < 1 || h.Schema > SchemaVersion {
		return "", fmt.Errorf("schema version %d, want %d", h.Schema, SchemaVersion)
	}
	return h.Event, nil
}
