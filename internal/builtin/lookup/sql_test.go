package lookup

import (
	"errors"
	"slices"
	"strings"
	"testing"
)

func TestParseQuery(t *testing.T) {
	for _, tc := range []struct {
		why, src string
		postgres bool
		want     string
		names    []string
		err      error
	}{
		{"parameters, one of them twice", "SELECT a FROM t WHERE b = :b AND c <= :at OR d = :b", false, "SELECT a FROM t WHERE b = ?1 AND c <= ?2 OR d = ?1", []string{"b", "at"}, nil},
		{"a cast is none", "select a::text from t where b = :b::int", true, "select a::text from t where b = $1::int", []string{"b"}, nil},
		{"texts, names and comments are left alone", "WITH x AS (SELECT ':a', \":b\" FROM t) -- :c\nSELECT * /* :d */ FROM x", true, "WITH x AS (SELECT ':a', \":b\" FROM t) -- :c\nSELECT * /* :d */ FROM x", nil, nil},
		{"so are PostgreSQL's own texts", "SELECT $q$ :a $q$, E'\\' :b', $$ :c $$", true, "SELECT $q$ :a $q$, E'\\' :b', $$ :c $$", nil, nil},
		{"its comments nest", "SELECT 1 /* a /* b */ :c */", true, "SELECT 1 /* a /* b */ :c */", nil, nil},
		{"SQLite's names in brackets", "SELECT [:a], `:b` FROM t", false, "SELECT [:a], `:b` FROM t", nil, nil},
		{"one statement may end", "-- what\nSELECT 1; -- done\n", false, "-- what\nSELECT 1", nil, nil},
		{"two statements", "SELECT 1; DROP TABLE t", false, "", nil, errSecond},
		{"a text behind the end", "SELECT 1; 'x'", false, "", nil, errSecond},
		{"a statement that writes", "DELETE FROM t", false, "", nil, errNoRead},
		{"a word that begins like one that reads", "selection", false, "", nil, errNoRead},
		{"no statement", " -- nothing\n", false, "", nil, errNoRead},
		{"a text without end", "SELECT 'a", false, "", nil, errUnended},
		{"a comment without end", "SELECT /* a /* b */", true, "", nil, errUnended},
		{"a place of its own", "SELECT a FROM t WHERE b = $1", true, "", nil, errMark},
		{"another", "SELECT a FROM t WHERE b = ?", false, "", nil, errMark},
		{"in PostgreSQL that is an operator", "SELECT a ? 'x' FROM t", true, "SELECT a ? 'x' FROM t", nil, nil},
	} {
		t.Run(tc.why, func(t *testing.T) {
			s, err := parseQuery(tc.src, tc.postgres)
			if !errors.Is(err, tc.err) {
				t.Fatalf("got %v, want %v", err, tc.err)
			}
			if err != nil {
				return
			}
			mark := "?"
			if tc.postgres {
				mark = "$"
			}
			if got := s.text(mark); got != tc.want || !slices.Equal(s.different(), tc.names) {
				t.Errorf("got %q with %q, want %q with %q", got, s.different(), tc.want, tc.names)
			}
		})
	}
}

// FuzzParseQuery holds that no query makes reading it panic, and that all of it
// but its parameters and its end stays as it is.
func FuzzParseQuery(f *testing.F) {
	for _, s := range []string{"SELECT :a", "select ':a' || :b::text; -- x", "WITH x AS (VALUES (1)) SELECT $a$ :c $a$ /* /* */ */", "SELECT [a:b], E'\\'", "SELECT 1;;", "values(:é)", "SELECT $1"} {
		f.Add(s, true)
		f.Add(s, false)
	}
	f.Fuzz(func(t *testing.T, src string, postgres bool) {
		s, err := parseQuery(src, postgres)
		if err != nil {
			return
		}
		if len(s.pieces) != len(s.names)+1 {
			t.Fatalf("%d pieces and %d parameters", len(s.pieces), len(s.names))
		}
		var back strings.Builder
		for i, p := range s.pieces {
			back.WriteString(p)
			if i < len(s.names) {
				back.WriteString(":" + s.names[i])
			}
		}
		if !strings.HasPrefix(src, back.String()) {
			t.Errorf("%q became %q", src, back.String())
		}
	})
}
