package inspect

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFinder(t *testing.T) {
	long := strings.Repeat("the quick brown fox jumps over the lazy dog again ", 3)
	f := &Finder{}
	f.Add("a", long)
	f.Add("b", "something else altogether that nobody would take for the other one")
	f.Add("none", "")
	for _, tt := range []struct {
		why, text string
		want      []string
	}{
		{"the same", long, []string{"a"}},
		{"case and marks do not count", strings.ToUpper(long) + "!!", []string{"a"}},
		{"a word more", long + "indeed", []string{"a"}},
		{"another text", "a note on the weather of the coming week in the north", nil},
		{"nothing is like nothing", "", nil},
	} {
		if diff := cmp.Diff(tt.want, f.Like(tt.text)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.why, diff)
		}
	}
	if got := Running([]string{"12", "x y z", long, long}); got != long+"\n"+long {
		t.Errorf("running text: %q", got)
	}
}
