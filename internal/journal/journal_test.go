package journal

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

type entry struct {
	Who string `json:"who"`
}

func (e *entry) valid() error {
	if e.Who == "" {
		return errors.New("want who")
	}
	return nil
}

func TestRead(t *testing.T) {
	for _, tt := range []struct {
		why, text string
		want      []entry
		wrong     string
	}{
		{"nothing yet", "", nil, ""},
		{"entries in order, also behind blank lines", "{\"who\":\"ann\"}\n\n \n{\"who\":\"bo\"}\n", []entry{{"ann"}, {"bo"}}, ""},
		{"a last line without its end, as an editor leaves it", `{"who":"ann"}`, []entry{{"ann"}}, ""},
		{"a line longer than a scanner takes", `{"who":"` + strings.Repeat("a", 1<<20) + `"}`, []entry{{strings.Repeat("a", 1<<20)}}, ""},
		{"no JSON", "{\"who\":\"ann\"}\n\nnonsense\n", nil, "f:3:1: not a name: invalid character"},
		{"a line that says nothing would be counted", "{}\n", nil, "f:1:1: not a name: want who"},
		{"null is a struct without anything", "null\n", nil, "f:1:1: not a name: want who"},
		{"two on a line", `{"who":"ann"}{"who":"bo"}`, nil, "f:1:1: not a name: invalid character '{' after top-level value"},
	} {
		got, err := Parse("f", []byte(tt.text), "a name", (*entry).valid)
		var line *LineError
		switch {
		case tt.wrong == "" && err != nil, tt.wrong != "" && (!errors.As(err, &line) || !strings.HasPrefix(err.Error(), tt.wrong)):
			t.Errorf("%s: %v, want %s", tt.why, err, tt.wrong)
		case !cmp.Equal(got, tt.want):
			t.Errorf("%s: %s", tt.why, cmp.Diff(tt.want, got))
		}
	}
}

func TestAppend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "names.jsonl")
	if got, err := Read(path, "a name", (*entry).valid); err != nil || got != nil {
		t.Errorf("no file: %v, %v", got, err)
	}
	want := []entry{{"ann"}, {"bo\nc"}}
	for _, e := range want {
		if err := Append(path, e); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := Read(path, "a name", (*entry).valid); err != nil || !cmp.Equal(got, want) {
		t.Errorf("%v (%v)", got, err)
	}
	if err := Append(filepath.Join(path, "below"), want[0]); err == nil {
		t.Error("it wrote below a file")
	}
	if _, err := Read(os.TempDir(), "a name", (*entry).valid); err == nil {
		t.Error("it read a folder")
	}
}
