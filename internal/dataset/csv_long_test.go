package dataset

import (
	"bufio"
	"errors"
	"io"
	"strings"
	"testing"
)

// A row has an end, whatever a packed file unpacks to.
func TestLongRows(t *testing.T) {
	const most = 1000
	endless := strings.Repeat("x", 3*readAhead)
	lines := strings.Repeat("x\n", 3*readAhead/2)
	for _, tt := range []struct{ why, text, want string }{
		{"one field in quotes, of one line", "id,text\n1,a\n2,\"" + endless, "a.csv:3: "},
		{"one field in quotes, of many lines", "id,text\n1,a\n2,\"" + lines, "a.csv:3: "},
		{"one field without quotes", "id,text\n1," + endless, "a.csv:2: "},
		{"one field alone", "id,text\n1,a\n\n" + endless, "a.csv:4: "},
		{"many fields", "id,text\n" + strings.Repeat(",", 3*readAhead), "a.csv:2: "},
		{"the header", "id,\"" + endless, "a.csv:1: "},
		{"empty lines", "id,text\n" + strings.Repeat("\n", 3*readAhead), "a.csv: "},
	} {
		s, err := readCSV("a.csv", bufio.NewReader(strings.NewReader(tt.text)), func() error { return nil }, nil, most)
		for err == nil {
			_, err = s.next()
		}
		if got, want := err.Error(), tt.want+"a row of more than 1000 bytes: is a quote missing that ends a field?"; got != want {
			t.Errorf("%s: %s, want %s", tt.why, got, want)
		}
	}

	// Rows within the limit are read, however many; long ones in smaller batches.
	row := "1," + strings.Repeat("x", most-10) + "\n"
	s, err := readCSV("a.csv", bufio.NewReader(strings.NewReader("id,text\n"+strings.Repeat(row, 500))), func() error { return nil }, []string{"text"}, most)
	if err != nil {
		t.Fatal(err)
	}
	rows, largest := 0, 0
	for {
		n, err := s.next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		rows, largest = rows+n, max(largest, n)
	}
	if rows != 500 || largest > 2 {
		t.Errorf("%d rows, %d at once; want 500, at most 2 at once", rows, largest)
	}
}
