package dataset

import (
	"bufio"
	"io"
)

// shortRows ends a text in a row that is too long: the reader of CSV holds a
// whole row, and a packed file of a few megabytes can have one of gigabytes.
type shortRows struct {
	r    io.Reader
	most int   // bytes of a row
	row  int64 // bytes since the last row ended, and what was read ahead
	long bool  // a row was too long
}

// readAhead is how much is read at a time, which may belong to the next rows.
const readAhead = 1 << 16

// buffered is the text, for a reader that takes a buffer as it stands.
func (s *shortRows) buffered() *bufio.Reader { return bufio.NewReaderSize(s, readAhead) }

func (s *shortRows) Read(p []byte) (int, error) {
	if s.long {
		return 0, io.EOF
	}
	n, err := s.r.Read(p)
	s.row += int64(n)
	if s.row > int64(s.most)+readAhead {
		s.long = true
		return 0, io.EOF // which the reader of CSV gives the place of the row
	}
	return n, err
}
