package eventlog

import (
	"bufio"
	"cmp"
	"context"
	"encoding/xml"
	"errors"
	"fmt"
	"io"

	"github.com/rehearse-dev/rehearse/internal/dataset"
)

// Bounds of XES: how deep elements may stand in each other, and how long a tag
// or a text between two may be.
const (
	maxDepth = 64
	maxToken = 1 << 20
)

// xes reads a log in XES, event by event.
func (b *builder) xes(ctx context.Context) error {
	in, closer, err := dataset.OpenText(b.log.Path)
	if err != nil {
		return err
	}
	defer closer()
	c := &b.log.Columns
	*c = Columns{
		Case: cmp.Or(b.o.Case, "concept:name"), Activity: cmp.Or(b.o.Activity, "concept:name"), Resource: cmp.Or(b.o.Resource, "org:resource"),
		Start: b.o.Start, End: cmp.Or(b.o.End, "time:timestamp"), Lifecycle: cmp.Or(b.o.Lifecycle, "lifecycle:transition"),
	}
	if c.Start != "" && b.o.Lifecycle == "" {
		c.Lifecycle = "" // both times stand in one event
	}
	x := &xesReader{b: b, dec: xml.NewDecoder(&shortTokens{r: in})}
	x.record.place = func() string {
		line, _ := x.dec.InputPos()
		return fmt.Sprintf("%s:%d", b.log.Path, line)
	}
	for n := 0; ; n++ {
		if n%4096 == 0 && ctx.Err() != nil {
			return ctx.Err()
		}
		t, err := x.dec.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err == nil {
			err = x.token(t)
		} else {
			err = x.wrong(err)
		}
		if err != nil {
			return err
		}
	}
	if !x.isLog {
		return fmt.Errorf("%s: there is no <log> in it: it is no XES", b.log.Path)
	}
	return nil
}

// wrong gives an error of the XML its place.
func (x *xesReader) wrong(err error) error {
	if syntax, ok := errors.AsType[*xml.SyntaxError](err); ok {
		return fmt.Errorf("%s:%d: no XML: %s", x.b.log.Path, syntax.Line, syntax.Msg)
	}
	return fmt.Errorf("%s: %w", x.record.place(), err)
}

// xesReader follows the elements of a file.
type xesReader struct {
	b      *builder
	dec    *xml.Decoder
	record record
	path   []string // the elements that are open
	isLog  bool
	traces int
	name   any // of the trace
}

func (x *xesReader) token(t xml.Token) error {
	switch t := t.(type) {
	case xml.StartElement:
		return x.open(&t)
	case xml.EndElement:
		return x.close(t.Name.Local)
	}
	return nil
}

// in says whether the open elements are these.
func (x *xesReader) in(path ...string) bool {
	if len(x.path) != len(path) {
		return false
	}
	for i := range path {
		if x.path[i] != path[i] {
			return false
		}
	}
	return true
}

func (x *xesReader) open(e *xml.StartElement) error {
	if len(x.path) == maxDepth {
		return fmt.Errorf("%s: elements stand %d deep in each other", x.record.place(), maxDepth)
	}
	name := e.Name.Local
	c := &x.b.log.Columns
	switch {
	case x.in("log", "trace"):
		if name == "event" {
			x.record.values = [fields]any{}
		} else if key, value := attribute(e); key == c.Case {
			x.name = value
		}
	case x.in("log", "trace", "event"):
		key, value := attribute(e)
		for field, wanted := range [fields]string{fieldActivity: c.Activity, fieldResource: c.Resource, fieldStart: c.Start, fieldEnd: c.End, fieldLifecycle: c.Lifecycle} {
			if wanted != "" && key == wanted {
				x.record.values[field] = value
			}
		}
	case len(x.path) == 0:
		if name != "log" {
			return fmt.Errorf("%s: the first element is <%s>, want <log>: it is no XES", x.record.place(), brief(name))
		}
		x.isLog = true
	case x.in("log") && name == "trace":
		x.traces++
		x.name = nil
	}
	x.path = append(x.path, name)
	return nil
}

// attribute is what an element such as <string key="concept:name" value="A"/>
// says.
func attribute(e *xml.StartElement) (key, value string) {
	for _, a := range e.Attr {
		switch a.Name.Local {
		case "key":
			key = a.Value
		case "value":
			value = a.Value
		}
	}
	return key, value
}

func (x *xesReader) close(name string) error {
	x.path = x.path[:len(x.path)-1] // the decoder sees that elements match
	if name != "event" || !x.in("log", "trace") {
		return nil
	}
	x.record.values[fieldCase] = x.name
	if text(x.name) == "" { // a case without a name is told by its place
		x.record.values[fieldCase] = fmt.Sprintf("trace %d", x.traces)
	}
	return x.b.add(&x.record)
}

// shortTokens ends a file in which a tag, or a text between tags, is too long:
// the decoder would hold all of it.
type shortTokens struct {
	r    *bufio.Reader
	long int // bytes since the last tag ended
}

var errLongToken = fmt.Errorf("a tag or a text of more than %d bytes", maxToken)

func (s *shortTokens) Read(p []byte) (int, error) {
	n, err := s.r.Read(p)
	for _, c := range p[:n] {
		s.long++
		if c == '>' {
			s.long = 0
		}
	}
	if s.long > maxToken {
		return 0, errLongToken
	}
	return n, err
}

// ReadByte keeps the decoder from reading ahead through a buffer of its own.
func (s *shortTokens) ReadByte() (byte, error) {
	c, err := s.r.ReadByte()
	s.long++
	if c == '>' {
		s.long = 0
	}
	if s.long > maxToken {
		return 0, errLongToken
	}
	return c, err
}
