package exec

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"math"
	"strconv"
	"time"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/builtin/field"
	"github.com/rehearse-dev/rehearse/internal/strictjson"
)

// maxLine is the longest line that a program may write, in bytes.
const maxLine = 4 << 20

// maxQuoted is how much of what a program wrote is repeated in a message.
const maxQuoted = 80

// The details of failures, finer than their class.
const (
	detailProtocol = "protocol" // it does not keep to the form of a line
	detailSchema   = "schema"   // its out is not what the design declares
	detailCrash    = "crash"    // it ended
	detailTimeout  = "timeout"
	detailNoise    = "stderr"  // it wrote far too much there
	detailProgram  = "program" // it says so itself
)

// request is one line for the program. The keys are in the order in which they
// are documented.
func request(id string, s *flow.Schema, values []any, seed uint64, deadline time.Duration) []byte {
	line := []byte(`{"id":"` + id + `","in":`)
	line = flow.AppendJSON(line, s, values)
	line = append(line, `,"seed":`...)
	line = strconv.AppendUint(line, seed, 10)
	line = append(line, `,"deadline_ms":`...)
	line = strconv.AppendInt(line, deadline.Milliseconds(), 10)
	return append(line, "}\n"...)
}

// identify is the id of a question, which follows from the question: whether a
// program that makes up ids hits one does not hang on who asks first.
func identify(question []byte) string {
	sum := sha256.Sum256(question)
	return hex.EncodeToString(sum[:8])
}

// answer is what a program says about one case.
type answer struct {
	values     []any
	confidence *float64
}

// reply is one line of the program, as it is written.
type reply struct {
	ID         *string         `json:"id"`
	Out        json.RawMessage `json:"out"`
	Confidence *float64        `json:"confidence"`
	Error      *replyError     `json:"error"`
}

type replyError struct {
	Class   string `json:"class"`
	Message string `json:"message"`
}

// broken says that a line does not keep to the protocol: whatever the program
// writes next can't be trusted to be about what it was asked.
func broken(format string, args ...any) error {
	return &flow.StepError{Class: flow.ErrMalformed, Detail: detailProtocol, Err: fmt.Errorf(format, args...)}
}

// parseReply reads the form of a line.
func parseReply(line []byte) (*reply, error) {
	if len(bytes.TrimSpace(line)) == 0 {
		return nil, broken("it wrote an empty line to stdout, want one JSON object a line")
	}
	d := json.NewDecoder(bytes.NewReader(line))
	d.DisallowUnknownFields()
	var r *reply
	switch err := d.Decode(&r); {
	case err != nil:
		return nil, broken("it wrote %s to stdout, want a line like {\"id\": …, \"out\": {…}} (%w); what it prints for people belongs on stderr", quoted(line), err)
	case r == nil || r.ID == nil:
		return nil, broken("it wrote %s to stdout, a line without the id that it answers", quoted(line))
	case (len(r.Out) == 0) == (r.Error == nil):
		return nil, broken("it answered with %s, want either out or error", quoted(line))
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return nil, broken("it wrote %s to stdout, want one JSON object a line", quoted(line))
	}
	if key, is := strictjson.Twice(line); is {
		return nil, broken("it answered with %s, which has the key %q twice", quoted(line), clean(key, maxQuoted))
	}
	return r, nil
}

// quoted is the beginning of a line, with what would disturb a terminal
// escaped.
func quoted(line []byte) string {
	line = bytes.TrimSpace(line)
	if len(line) > maxQuoted {
		return strconv.Quote(string(bytes.ToValidUTF8(line[:maxQuoted], nil))) + "…"
	}
	return strconv.Quote(string(line))
}

// answer is what the reply says, held against what the step promises.
func (r *reply) answer(out *flow.Schema) (*answer, error) {
	if r.Error != nil {
		return nil, r.Error.step()
	}
	wrong := func(format string, args ...any) error {
		return &flow.StepError{Class: flow.ErrMalformed, Detail: detailSchema, Err: fmt.Errorf(format, args...)}
	}
	values, err := flow.ParseJSON(r.Out, out)
	if err != nil {
		return nil, wrong("its out: %w", err)
	}
	for i, f := range out.Fields() {
		if why := f.Type.Check(values[i]); why != "" {
			return nil, wrong("its out: field %q %s", f.Name, why)
		}
	}
	if c := r.Confidence; c != nil && !(*c >= 0 && *c <= 1) || c != nil && math.IsNaN(*c) {
		return nil, wrong("its confidence is %v, want a number from 0 to 1", *c)
	}
	return &answer{values: values, confidence: r.Confidence}, nil
}

// errorClasses are those that a program may give itself.
var errorClasses = []string{
	string(flow.ErrMalformed), string(flow.ErrIncomplete), string(flow.ErrUnavailable),
	string(flow.ErrRejected), string(flow.ErrStep), string(flow.ErrNotMeasured),
}

// step is the error that the program gives.
func (e *replyError) step() error {
	for _, c := range errorClasses {
		if e.Class == c {
			return &flow.StepError{Class: flow.ErrorClass(c), Detail: detailProgram, Err: errors.New(clean(e.Message, maxMessage))}
		}
	}
	return &flow.StepError{Class: flow.ErrMalformed, Detail: detailSchema,
		Err: fmt.Errorf("its error has the unknown class %q%s", clean(e.Class, maxQuoted), field.Suggest(e.Class, errorClasses))}
}

// Why no line could be read.
var (
	errLongLine = fmt.Errorf("it wrote a line of more than %d bytes to stdout", maxLine)
	errPartial  = errors.New("it ended in the middle of a line")
)

// readLine is the next whole line, without its end, in memory of its own. It
// gives io.EOF after the last.
func readLine(r *bufio.Reader, limit int) ([]byte, error) {
	var line []byte
	for {
		part, err := r.ReadSlice('\n')
		if len(line)+len(part) > limit+1 {
			return nil, errLongLine
		}
		line = append(line, part...)
		switch {
		case err == nil:
			return line[:len(line)-1], nil
		case errors.Is(err, bufio.ErrBufferFull):
		case errors.Is(err, io.EOF) && len(line) == 0:
			return nil, io.EOF
		default:
			return nil, errPartial
		}
	}
}
