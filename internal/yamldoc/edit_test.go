package yamldoc

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"
)

func TestSet(t *testing.T) {
	for _, tc := range []struct{ why, data, want string }{
		{"an empty line and the comment of the next key stay", "a: 1\nsplits: {x: 1}\n\n# of b\nb: 2\n", "a: 1\nsplits: NEW\n\n# of b\nb: 2\n"},
		{"the comment behind it stays", "splits: {by: time}  # cut in June\nb: 2\n", "splits: NEW  # cut in June\nb: 2\n"},
		{"the comments of lines that go come above", "a: 1\nsplits:\n  by: time # first\n  # second\n  dev: x\nb: 2\n", "a: 1\n# first\n# second\nsplits: NEW\nb: 2\n"},
		{"a number sign in quotes is no comment", "splits: {dev: \"a # b\", test: 'c # d'}\n", "splits: NEW\n"},
		{"the last key, without a line end", "a: 1\nsplits: {x: 1}", "a: 1\nsplits: NEW\n"},
		{"a key that is not there comes last", "a: 1 # one", "a: 1 # one\nsplits: NEW\n"},
		{"lines that end as on Windows", "a: 1\r\nsplits:\r\n  by: x\r\nb: 2\r\n", "a: 1\r\nsplits: NEW\r\nb: 2\r\n"},
		{"a list below the key at its column", "splits:\n- a\n- b\nz: 1\n", "splits: NEW\nz: 1\n"},
		{"a text over several lines before it", "note: |\n  splits: no\n  # no comment\nsplits: x\n", "note: |\n  splits: no\n  # no comment\nsplits: NEW\n"},
	} {
		t.Run(tc.why, func(t *testing.T) {
			got, err := Set("card.yaml", []byte(tc.data), "splits", "NEW")
			if err != nil {
				t.Fatal(err)
			}
			if d := cmp.Diff(tc.want, string(got)); d != "" {
				t.Error(d)
			}
		})
	}
	for why, data := range map[string]string{"braces around all": "{a: 1}\n", "no YAML": "a: [\n", "empty": ""} {
		if got, err := Set("card.yaml", []byte(data), "splits", "NEW"); err == nil {
			t.Errorf("%s: edited to %q", why, got)
		}
	}
}

// Whatever stands in the file, the edited one holds the new value and the
// other keys as they were.
func TestSetKeepsTheRest(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		value := rapid.SampledFrom([]string{"1", "{x: 1} # c", "\n  y: 2 # c\n  # d\n  z: 3", "\n- a\n- b", "|\n  text # no\n\n  more", "'it''s # no'", `"a \" # no"`})
		data := ""
		for _, key := range rapid.SliceOfNDistinct(rapid.SampledFrom([]string{"a", "b", "splits", "d"}), 1, 4, rapid.ID).Draw(t, "keys") {
			data += key + ": " + value.Draw(t, key) + "\n" + rapid.SampledFrom([]string{"", "\n", "# of the next\n"}).Draw(t, "below")
		}
		before, diags := Parse("f", []byte(data))
		if diags.Err() != nil {
			t.Fatal(diags.Err())
		}
		got, err := Set("f", []byte(data), "splits", "NEW")
		if err != nil {
			t.Fatal(err)
		}
		after, diags := Parse("f", got)
		if diags.Err() != nil {
			t.Fatalf("%q became %q: %v", data, got, diags.Err())
		}
		if Find(after.Root, "splits").Value != "NEW" {
			t.Fatalf("%q became %q", data, got)
		}
		for k, v := range Pairs(before.Root) {
			if k.Value != "splits" && !same(v, Find(after.Root, k.Value)) {
				t.Fatalf("%q became %q: %q changed", data, got, k.Value)
			}
		}
	})
}

// FuzzSet edits whatever is a file: the edited one has the new value and the
// other keys as they were.
func FuzzSet(f *testing.F) {
	for _, s := range []string{"a: 1\n", "splits: {x: 1} # c\nb: |\n  x\n", "splits:\n- a\n\n# c\nz: 1", "---\na: 1\n...\n", "'splits': 1\r\nb: 2\r\n", "splits: \"a\n  b # c\"\n"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, data string) {
		got, err := Set("f", []byte(data), "splits", "NEW")
		if err != nil {
			return
		}
		before, _ := Parse("f", []byte(data))
		after, diags := Parse("f", got)
		if diags.Err() != nil || Find(after.Root, "splits").Value != "NEW" {
			t.Fatalf("%q became %q: %v", data, got, diags)
		}
		for k, v := range Pairs(before.Root) {
			if k.Value != "splits" && !same(v, Find(after.Root, k.Value)) {
				t.Fatalf("%q became %q: %q changed", data, got, k.Value)
			}
		}
	})
}
