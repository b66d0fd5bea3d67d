package exec

import (
	"bytes"
	"os"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Bounds of what a program writes to stderr, in bytes.
const (
	maxStderr  = 16 << 20 // for one case: one that writes more is stopped
	keptStderr = 1 << 20  // of the cases before, until it is forgotten
	maxMessage = 2048     // of it that a failing case shows: the last
)

// stderr is what a program writes there, in a file of its own. A file holds
// all that was written before the answer as soon as the answer is there, which
// two pipes would not promise.
type stderr struct {
	f    *os.File
	from int64 // where that of the case at hand begins
}

func newStderr() (*stderr, error) {
	f, err := os.CreateTemp("", "rehearse-stderr-*")
	if err != nil {
		return nil, err
	}
	return &stderr{f: f}, nil
}

// size is how much was written.
func (e *stderr) size() int64 {
	info, err := e.f.Stat()
	if err != nil {
		return 0
	}
	return info.Size()
}

// begin begins another case.
func (e *stderr) begin() {
	e.from = e.size()
	if e.from <= keptStderr {
		return
	}
	// The program writes at the place of the file that it shares with us.
	if e.f.Truncate(0) == nil {
		if _, err := e.f.Seek(0, 0); err == nil {
			e.from = 0
		}
	}
}

// tooMuch says that the case at hand has brought far too much.
func (e *stderr) tooMuch() bool { return e.size()-e.from > maxStderr }

// text is the end of what was written for the case at hand.
func (e *stderr) text() []byte {
	size := e.size()
	from := max(e.from, size-2*maxMessage)
	if size <= from {
		return nil
	}
	b := make([]byte, size-from)
	n, _ := e.f.ReadAt(b, from) // what can be read is shown
	b = b[:n]
	if from > e.from { // a line that is cut could begin with the end of a secret
		_, b, _ = bytes.Cut(b, []byte("\n"))
	}
	return b
}

func (e *stderr) close() {
	_ = e.f.Close() // nothing of it is wanted any more
	_ = os.Remove(e.f.Name())
}

// clean makes what a program wrote fit for a message: valid, without control
// characters, and of what is too long the end.
func clean(text string, longest int) string {
	text = strings.TrimSpace(strings.ToValidUTF8(text, "\uFFFD"))
	if cut := len(text) - longest; cut > 0 {
		for !utf8.RuneStart(text[cut]) {
			cut++
		}
		text = "…" + text[cut:]
	}
	return strings.Map(func(r rune) rune {
		if r != '\n' && r != '\t' && unicode.IsControl(r) {
			return '\uFFFD'
		}
		return r
	}, text)
}

// lastLine is the last line of a text, where most languages say what was wrong.
func lastLine(text string) string {
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}
