package llm

import (
	"bufio"
	"bytes"
	"context"
	"crypto/sha256"
	"database/sql"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"
	"unicode/utf8"

	"github.com/klauspost/compress/zstd"
)

// RecordingFormat is the version of the form of a recording.
const RecordingFormat = 1

// Provenance is the first line of a recording: what it is and where from.
type Provenance struct {
	Format  int       `json:"recording"` // RecordingFormat
	Made    time.Time `json:"made"`
	By      string    `json:"by,omitempty"`
	Licence string    `json:"licence,omitempty"` // under which the answers may be used
	Note    string    `json:"note,omitempty"`
	Tool    string    `json:"tool"`
	// Run, Workflow, Designs and Data are of the run whose answers these are.
	Run      string            `json:"run,omitempty"`
	Workflow string            `json:"workflow,omitempty"` // sha256
	Designs  map[string]string `json:"designs,omitempty"`  // digest by name
	Data     []string          `json:"data,omitempty"`     // sha256 of every source
	// Models are who was asked, and who answered.
	Models  []Holding `json:"models"`
	Answers int       `json:"answers"`
	Digest  string    `json:"digest"` // sha256, hex, of all lines after this one
}

// line is one answer of a recording.
type line struct {
	Key          string        `json:"key"`
	BaseURL      string        `json:"base_url"`
	Version      string        `json:"azure_version,omitempty"`
	Asked        string        `json:"model"`
	Repeat       int           `json:"repeat"`
	Sample       int           `json:"sample"`
	Reask        int           `json:"reask"`
	Request      string        `json:"request"` // sha256 of what was sent
	RequestBytes int           `json:"request_bytes"`
	Model        string        `json:"answered_by"`
	Usage        Usage         `json:"tokens"`
	Latency      time.Duration `json:"latency"`
	Time         time.Time     `json:"time"`
	Attempts     []Attempt     `json:"attempts"`
	Body         string        `json:"body"` // as it came
}

const maxLine = maxStoredBody + 1<<20

var errNotText = errors.New("the answer is not UTF-8 text")

func (e *Entry) line(k Key) ([]byte, error) {
	if !utf8.Valid(e.Body) {
		return nil, errNotText
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	err := enc.Encode(line{
		Key: k.String(), BaseURL: e.BaseURL, Version: e.Version, Asked: e.Asked, Repeat: e.Repeat, Sample: e.Sample, Reask: e.Reask,
		Request: hex.EncodeToString(e.Request[:]), RequestBytes: e.RequestBytes, Model: e.Model, Usage: e.Usage, Latency: e.Latency,
		Time: e.Time, Attempts: e.Attempts, Body: string(e.Body),
	})
	return b.Bytes(), err
}

// parseLine reads a line and holds the answer to itself.
func parseLine(data []byte) (Key, Entry, error) {
	var l line
	dec := json.NewDecoder(bytes.NewReader(data))
	dec.DisallowUnknownFields()
	if err := dec.Decode(&l); err != nil {
		return Key{}, Entry{}, err
	}
	key, err := hex.DecodeString(l.Key)
	request, rerr := hex.DecodeString(l.Request)
	if err != nil || rerr != nil || len(key) != len(Key{}) || len(request) != len(Digest{}) {
		return Key{}, Entry{}, fmt.Errorf("key %q and request %q: want SHA-256 in hexadecimal", l.Key, l.Request)
	}
	e := Entry{
		Question: Question{BaseURL: l.BaseURL, Version: l.Version, Asked: l.Asked, Request: Digest(request), Repeat: l.Repeat, Sample: l.Sample, Reask: l.Reask},
		Model:    l.Model, RequestBytes: l.RequestBytes, Usage: l.Usage, Latency: l.Latency, Time: l.Time, Attempts: l.Attempts, Body: []byte(l.Body),
	}
	if l.BaseURL == "" {
		return Key{}, Entry{}, fmt.Errorf("entry %s has no endpoint", l.Key)
	}
	if why := e.wrong(Key(key)); why != "" {
		return Key{}, Entry{}, fmt.Errorf("entry %s is damaged: %s", Key(key), why)
	}
	return Key(key), e, nil
}

// Export writes the answers that a run used, or all of them where run is "", as
// a recording: JSON lines under zstd, the provenance first, answers by their
// keys, so that the same answers have the same bytes after the first line. It
// fills in what p says of the answers. JSON lines rather than SQLite: one file,
// readable by anything in fifty years, and equal where its content is.
func (c *Cache) Export(ctx context.Context, w io.Writer, run string, p *Provenance) error {
	sum := sha256.New()
	models := map[[3]string]*Holding{}
	p.Format, p.Answers = RecordingFormat, 0
	for k, entry := range c.Each(ctx, run) {
		e, err := entry()
		if err != nil {
			return err
		}
		data, err := e.line(k)
		if err != nil {
			return fmt.Errorf("response cache %q: entry %s: %w", c.path, k, err)
		}
		sum.Write(data)
		p.Answers++
		add(models, &e)
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	p.Digest = hex.EncodeToString(sum.Sum(nil))
	p.Models = p.Models[:0]
	for _, h := range models {
		slices.Sort(h.Answered)
		p.Models = append(p.Models, *h)
	}
	slices.SortFunc(p.Models, func(a, b Holding) int {
		return slices.Compare([]string{a.BaseURL, a.Version, a.Asked}, []string{b.BaseURL, b.Version, b.Asked})
	})
	packed, err := zstd.NewWriter(w)
	if err != nil {
		return err
	}
	enc := json.NewEncoder(packed)
	enc.SetEscapeHTML(false)
	err = enc.Encode(p)
	written := 0
	for k, entry := range c.Each(ctx, run) {
		var e Entry
		var data []byte
		if err == nil {
			e, err = entry()
		}
		if err == nil {
			data, err = e.line(k)
		}
		if err == nil {
			_, err = packed.Write(data)
		}
		if err != nil {
			break
		}
		written++
	}
	if err == nil && written != p.Answers {
		err = fmt.Errorf("response cache %q: another process changed it during the export: export again", c.path)
	}
	return errors.Join(err, packed.Close(), ctx.Err())
}

// add counts an entry to what there is of its model.
func add(models map[[3]string]*Holding, e *Entry) {
	at := [3]string{e.BaseURL, e.Version, e.Asked}
	h := models[at]
	if h == nil {
		h = &Holding{BaseURL: e.BaseURL, Version: e.Version, Asked: e.Asked, First: e.Time, Last: e.Time}
		models[at] = h
	}
	h.Answers++
	h.Usage.In += e.Usage.In
	h.Usage.Cached += e.Usage.Cached
	h.Usage.Out += e.Usage.Out
	h.Usage.Reasoning += e.Usage.Reasoning
	h.Bytes += int64(len(e.Body))
	h.Sent += int64(e.RequestBytes)
	h.Waited += e.Latency
	if e.Time.Before(h.First) {
		h.First = e.Time
	}
	if e.Time.After(h.Last) {
		h.Last = e.Time
	}
	if !slices.Contains(h.Answered, e.Model) {
		h.Answered = append(h.Answered, e.Model)
	}
}

// ReadRecording gives the answers of a recording to each, after its first line.
// It is an error where an answer contradicts itself, and in the end where
// answers are missing or were changed.
func ReadRecording(r io.Reader, each func(Key, Entry) error) (*Provenance, error) {
	unpacked, err := zstd.NewReader(r, zstd.WithDecoderMaxMemory(maxStoredBody), zstd.WithDecoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer unpacked.Close()
	lines := bufio.NewScanner(unpacked)
	lines.Buffer(make([]byte, 0, 1<<16), maxLine)
	var p Provenance
	sum, n := sha256.New(), 0
	for ; lines.Scan(); n++ {
		if n == 0 {
			if err := json.Unmarshal(lines.Bytes(), &p); err != nil || p.Format != RecordingFormat {
				return nil, fmt.Errorf("line 1: no provenance of a recording in format %d", RecordingFormat)
			}
			continue
		}
		sum.Write(lines.Bytes())
		sum.Write([]byte{'\n'})
		k, e, err := parseLine(lines.Bytes())
		if err == nil {
			err = each(k, e)
		}
		if err != nil {
			return nil, fmt.Errorf("line %d: %w", n+1, err)
		}
	}
	switch {
	case lines.Err() != nil:
		return nil, fmt.Errorf("after line %d: no recording, or damaged: %w", n, lines.Err())
	case n == 0:
		return nil, errors.New("it is empty: a recording has at least a line with its provenance")
	case p.Answers != n-1 || p.Digest != hex.EncodeToString(sum.Sum(nil)):
		return nil, fmt.Errorf("it holds %d answers, and its first line speaks of %d others: it was changed or cut off", n-1, p.Answers)
	}
	return &p, nil
}

// Taken is what an import brought.
type Taken struct {
	Added, There int   // new answers, and those that were stored already
	Conflicts    []Key // another answer is stored, which stays
}

// Import stores the answers of a recording that are not stored yet. The
// recording is read twice: nothing of it is stored where something is wrong
// with it.
func (c *Cache) Import(r io.ReadSeeker) (*Provenance, Taken, error) {
	var t Taken
	p, err := ReadRecording(r, func(Key, Entry) error { return nil })
	if err != nil {
		return nil, t, err
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, t, err
	}
	tx, err := c.writer.db.Begin()
	if err != nil {
		return nil, t, c.fault(err)
	}
	defer tx.Rollback() // does nothing after Commit
	insert := tx.Stmt(c.writer.insert)
	defer insert.Close()
	_, err = ReadRecording(r, func(k Key, e Entry) error {
		attempts, err := json.Marshal(e.Attempts)
		if err != nil {
			return err
		}
		row := &row{key: k, entry: e, attempts: string(attempts), body: c.packer.EncodeAll(e.Body, nil)}
		if err := row.insert(insert); err != nil {
			return c.fault(err)
		}
		if row.added {
			t.Added++
			return nil
		}
		stored, _, err := c.Get(k)
		switch {
		case err != nil:
			return err
		case bytes.Equal(stored.Body, e.Body):
			t.There++
		default:
			t.Conflicts = append(t.Conflicts, k)
		}
		return nil
	})
	if err != nil {
		return nil, Taken{}, err
	}
	if err := tx.Commit(); err != nil {
		return nil, Taken{}, c.fault(err)
	}
	return p, t, nil
}

// Held is how many answers the recording whose file has this digest has, if it
// was taken in.
func (c *Cache) Held(digest string) (answers int, known bool, err error) {
	err = c.readers.QueryRow("SELECT answers FROM recording WHERE digest = ?", digest).Scan(&answers)
	if errors.Is(err, sql.ErrNoRows) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, c.fault(err)
	}
	return answers, true, nil
}

// Hold notes that it was taken in.
func (c *Cache) Hold(digest string, answers int) error {
	if _, err := c.writer.db.Exec("INSERT OR IGNORE INTO recording (digest, answers) VALUES (?, ?)", digest, answers); err != nil {
		return c.fault(err)
	}
	return nil
}
