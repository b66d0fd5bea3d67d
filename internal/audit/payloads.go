package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
)

const payloadsName = "payloads"

// expireEvery is how often a log looks for payloads that are too old.
const expireEvery = 10 * time.Minute

// payloads keeps whole cases, a file a day. A file's name says until when it may
// be there, so that no later setting keeps it longer.
type payloads struct {
	dir  string
	days int // 0 keeps none
	now  func() time.Time

	file *os.File
	name string
}

var payloadNames = regexp.MustCompile(`^[0-9]{4}-[0-9]{2}-[0-9]{2}-until-([0-9]{4}-[0-9]{2}-[0-9]{2})\.jsonl$`)

// today is the name of the file for a payload that comes now. What came on a day
// is deleted at the midnight (UTC) after which its oldest would be older than
// the days for which it is kept.
func (p *payloads) today() string {
	day := p.now()
	return fmt.Sprintf("%s-until-%s.jsonl", day.Format(time.DateOnly), day.AddDate(0, 0, p.days).Format(time.DateOnly))
}

// write appends durably.
func (p *payloads) write(lines []byte) error {
	if len(lines) == 0 || p.days == 0 {
		return nil
	}
	if name := p.today(); p.file == nil || p.name != name {
		if err := p.open(name); err != nil {
			return err
		}
	}
	if _, err := p.file.Write(lines); err != nil {
		return err
	}
	return p.file.Sync()
}

func (p *payloads) open(name string) error {
	if err := errors.Join(p.close(), os.MkdirAll(p.dir, 0o700)); err != nil {
		return err
	}
	path := filepath.Join(p.dir, name)
	if _, err := os.Stat(path); err == nil {
		if err := repair(path); err != nil {
			return err
		}
	}
	f, err := os.OpenFile(path, os.O_CREATE|os.O_WRONLY|os.O_APPEND, 0o600)
	if err != nil {
		return err
	}
	p.file, p.name = f, name
	return errors.Join(syncDir(p.dir), syncDir(filepath.Dir(p.dir)))
}

// expire deletes the files whose day has come, also those of earlier settings.
func (p *payloads) expire() error {
	found, err := os.ReadDir(p.dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	today := p.now().Format(time.DateOnly)
	for _, e := range found {
		m := payloadNames.FindStringSubmatch(e.Name())
		if m == nil || m[1] > today {
			continue
		}
		if e.Name() == p.name {
			err = p.close()
		}
		if err = errors.Join(err, os.Remove(filepath.Join(p.dir, e.Name()))); err != nil {
			return err
		}
	}
	return nil
}

func (p *payloads) close() error {
	if p.file == nil {
		return nil
	}
	err := p.file.Close()
	p.file, p.name = nil, ""
	return err
}

// payloadLine is one whole case or decision.
type payloadLine struct {
	head
	CaseTime *time.Time        `json:"case_time,omitempty"`
	Cluster  string            `json:"cluster,omitempty"`
	Weight   *float64          `json:"weight,omitempty"`
	Tags     map[string]string `json:"tags,omitempty"`
	Input    json.RawMessage   `json:"input,omitempty"`
	Status   flow.Status       `json:"status,omitempty"`
	Outcome  json.RawMessage   `json:"outcome,omitempty"`
	Outputs  []payloadStep     `json:"outputs,omitempty"`
	Reviewer string            `json:"reviewer,omitempty"`
	Note     string            `json:"note,omitempty"`
}

type payloadStep struct {
	Step   string          `json:"step"`
	Shadow bool            `json:"shadow,omitempty"`
	Output json.RawMessage `json:"output,omitempty"`
	Error  string          `json:"error,omitempty"`
}

// payload is the whole case with what came of it; nothing where none is kept.
func (e *Entry) payload(t *flow.Trial, now time.Time) ([]byte, error) {
	o := &e.log.options
	if o.Payloads == 0 {
		return nil, nil
	}
	line := payloadLine{head: e.at(Ended, now), Status: t.Status, Input: flow.AppendJSON(nil, e.of.Input.Schema, e.of.Input.Values)}
	line.Case = e.of.ID
	if !e.of.Time.IsZero() {
		line.CaseTime = &e.of.Time
	}
	if e.of.Cluster != e.of.ID {
		line.Cluster = e.of.Cluster
	}
	if e.of.Weight != 1 {
		line.Weight = &e.of.Weight
	}
	for i, name := range o.Tags {
		if i < len(e.of.Tags) && e.of.Tags[i] != "" {
			if line.Tags == nil {
				line.Tags = map[string]string{}
			}
			line.Tags[name] = e.of.Tags[i]
		}
	}
	if t.Outcome != nil {
		line.Outcome = flow.AppendJSON(nil, o.Outcome, t.Outcome)
	}
	for _, s := range t.Spans {
		line.Outputs = append(line.Outputs, payloadStep{Step: s.Step, Shadow: s.Shadow, Output: s.Output, Error: s.Error})
	}
	return appendLine(nil, line)
}
