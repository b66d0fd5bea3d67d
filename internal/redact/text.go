package redact

import (
	"regexp"
	"strings"
	"unicode"

	"golang.org/x/text/unicode/norm"

	"github.com/rehearse-dev/rehearse/internal/score"
)

// Text is a text with every personal value in it struck out, however it is
// spaced, punctuated, accented or capitalised, also where it is escaped for a
// URL, JSON or HTML.
func (k *Case) Text(s string) string {
	if k == nil || len(k.secrets) == 0 || s == "" {
		return s
	}
	var struck []bool
	for _, r := range readings(s) {
		k.find(r.text, func(begin, end int) {
			if struck == nil {
				struck = make([]bool, len(s))
			}
			begin, end = r.origin(begin, end)
			for b := begin; b < end; b++ {
				struck[b] = true
			}
		})
	}
	if struck == nil {
		return s
	}
	var out strings.Builder
	for i := 0; i < len(s); i++ {
		switch {
		case !struck[i]:
			out.WriteByte(s[i])
		case i == 0 || !struck[i-1]:
			out.WriteString(Personal)
		}
	}
	return out.String()
}

// find says where personal values stand in a text.
func (k *Case) find(s string, found func(begin, end int)) {
	letters, at := letters(s)
	for _, secret := range k.secrets {
		for from := 0; ; {
			i := strings.Index(letters[from:], secret)
			if i < 0 {
				break
			}
			begin, end := from+i, from+i+len(secret)
			from = begin + 1
			if len(secret) < unmistakable && !(wordStart(s, at[begin]) && wordEnd(s, at[end])) {
				continue
			}
			found(at[begin], runeEnd(s, at[end-1]))
		}
	}
}

// unmistakable is how many letters and digits cannot be part of another word
// by chance.
const unmistakable = 8

// letters are the folded letters and digits of a text, without anything
// between, and for each byte of them, and for their end, where in the text it
// comes from.
func letters(s string) (string, []int) {
	var out strings.Builder
	at := make([]int, 0, len(s)+1)
	for i, r := range s {
		for _, part := range norm.NFKD.String(string(r)) {
			if !unicode.IsLetter(part) && !unicode.IsDigit(part) {
				continue
			}
			n, _ := out.WriteRune(unicode.ToLower(part))
			for range n {
				at = append(at, i)
			}
		}
	}
	return out.String(), append(at, len(s))
}

func wordStart(s string, at int) bool { return at == 0 || !wordRune(lastRune(s[:at])) }

// wordEnd says whether a word ends before the letter at that place.
func wordEnd(s string, at int) bool { return at == len(s) || !wordRune(lastRune(s[:at])) }

func wordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

func lastRune(s string) rune {
	var last rune
	for _, r := range s[max(0, len(s)-4):] {
		last = r
	}
	return last
}

func runeEnd(s string, at int) int {
	for i := range s[at:] {
		if i > 0 {
			return at + i
		}
	}
	return len(s)
}

func foldAll(texts []string) []string {
	out := make([]string, len(texts))
	for i, t := range texts {
		out[i] = score.Fold(t)
	}
	return out
}

var figures = regexp.MustCompile(`\d[\d.,' ]*\d`)

// numbers are the digits of the numbers in a text that are long enough to tell
// of somebody, whatever stands between them, also where a space may part two
// numbers; zeros at the end do not count.
func numbers(s string) []string {
	var out []string
	for _, n := range figures.FindAllString(s, -1) {
		for _, part := range append(strings.Fields(n), n) {
			digits := strings.Map(func(r rune) rune {
				if unicode.IsDigit(r) {
					return r
				}
				return -1
			}, part)
			if digits = strings.Trim(digits, "0"); len(digits) >= 4 {
				out = append(out, digits)
			}
		}
	}
	return out
}
