package dataset

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// raw writes all rows of a card as they are stored.
func raw(t *testing.T, card *Card) (string, []string) {
	t.Helper()
	rows, err := card.Rows()
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	var b strings.Builder
	fmt.Fprintln(&b, strings.Join(rows.Columns(), "|"))
	for {
		n, err := rows.Next(t.Context())
		if errors.Is(err, io.EOF) {
			return b.String(), rows.Unread
		}
		if err != nil {
			t.Fatal(err)
		}
		for i := range n {
			head, err := rows.Head(i)
			fmt.Fprintf(&b, "%d %s %s %v:", rows.Number(i), head.ID, head.Split, err)
			for c := range rows.Columns() {
				fmt.Fprintf(&b, " %T %s;", rows.Value(i, c), rows.Text(i, c))
			}
			b.WriteByte('\n')
		}
	}
}

func TestRowsOfBareFiles(t *testing.T) {
	for _, c := range []struct {
		why, file, content, want string
		unread                   []string
	}{
		{"commas", "a.csv", "id,x\na,1\nb,\n", "id|x\n0 a dev <nil>: string a; string 1;\n1 b dev <nil>: string b; string ;\n", nil},
		{"semicolons, whose header has a comma too", "a.csv", "id;Name, first;x\na;Bo;1,5\n", "id|Name, first|x\n0 a dev <nil>: string a; string Bo; string 1,5;\n", nil},
		{"a quoted semicolon separates nothing", "a.csv", "\"a;b;c\",x\n1,2\n", "a;b;c|x\n0 1 dev <nil>: string 1; string 2;\n", nil},
		{"tabs", "a.csv", "a\tb\n1\t2\n", "a|b\n0 1 dev <nil>: string 1; string 2;\n", nil},
		{"names that say nothing", "a.csv", ",x,x,y\n0,1,2,3\n", "y\n0 1 dev <nil>: string 3;\n", []string{"column 1 has no name", `two columns are named "x"`}},
		{"values of JSON", "a.jsonl", `{"id": 7, "a": [1, 2], "b.c": true}` + "\n", "id|a|b.c\n0 7 dev <nil>: json.Number 7; []interface {} [1,2]; bool true;\n", nil},
		{"a row without an id", "a.csv", "id,x\n,1\n", "id|x\n0   a.csv:2, column \"id\": a case without an id: string ; string 1;\n", nil},
	} {
		dir := write(t, t.TempDir(), c.file, c.content)
		card, err := Bare(filepath.Join(dir, c.file))
		if err != nil {
			t.Fatal(err)
		}
		got, unread := raw(t, card)
		if d := cmp.Diff(c.want, strings.ReplaceAll(got, dir+string(filepath.Separator), "")); d != "" {
			t.Errorf("%s (-want +got):\n%s", c.why, d)
		}
		if d := cmp.Diff(c.unread, unread); d != "" {
			t.Errorf("%s: columns not read (-want +got):\n%s", c.why, d)
		}
	}
}
