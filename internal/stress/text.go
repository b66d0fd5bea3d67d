package stress

import (
	"math/rand/v2"
	"regexp"
	"strings"
	"unicode"
)

// isText says whether a string is something to read, and not a key.
func isText(s string) bool {
	const words = 5
	return strings.ContainsRune(strings.TrimSpace(s), '\n') || len(strings.Fields(s)) >= words
}

// missingLines leaves lines out that say something.
func missingLines(r *rand.Rand, strength float64, s string) string {
	return byLine(r, strength, s, func(string) []string { return nil })
}

func repeatedLines(r *rand.Rand, strength float64, s string) string {
	return byLine(r, strength, s, func(line string) []string { return []string{line, line} })
}

// byLine replaces lines that say something.
func byLine(r *rand.Rand, strength float64, s string, by func(string) []string) string {
	var out []string
	for line := range strings.SplitSeq(s, "\n") {
		if strings.TrimSpace(line) != "" && r.Float64() < strength {
			out = append(out, by(line)...)
			continue
		}
		out = append(out, line)
	}
	return strings.Join(out, "\n")
}

// firstHalf is the first half of a text's lines; of a single line, of its words.
func firstHalf(s string) string {
	between, parts := "\n", strings.Split(s, "\n")
	if len(parts) == 1 {
		between, parts = " ", strings.Split(s, " ")
	}
	return strings.Join(parts[:(len(parts)+1)/2], between)
}

var word = regexp.MustCompile(`\S+`)

// garbledText mixes up the letters and digits of words.
func garbledText(r *rand.Rand, strength float64, s string) string {
	return word.ReplaceAllStringFunc(s, func(w string) string {
		strikes, draws := r.Float64() < strength, rand.New(rand.NewPCG(r.Uint64(), r.Uint64()))
		if !strikes {
			return w
		}
		letters := []rune(w)
		var at []int
		for i, l := range letters {
			if unicode.IsLetter(l) || unicode.IsDigit(l) {
				at = append(at, i)
			}
		}
		draws.Shuffle(len(at), func(i, j int) { letters[at[i]], letters[at[j]] = letters[at[j]], letters[at[i]] })
		return string(letters)
	})
}

// named is a line of a name and its value.
var named = regexp.MustCompile(`(?m)^([^\S\n]*[\p{L}][^:\n]{0,40}:[^\S\n]*)(\S[^\n]*)$`)

// swappedLines exchanges the values of the first and second named line, of the
// third and fourth, and so on.
func swappedLines(r *rand.Rand, strength float64, s string) string {
	at := named.FindAllStringSubmatchIndex(s, -1)
	var b strings.Builder
	done := 0
	for i := 0; i+1 < len(at); i += 2 {
		if r.Float64() >= strength {
			continue
		}
		one, other := at[i], at[i+1]
		b.WriteString(s[done:one[4]] + s[other[4]:other[5]] + s[one[5]:other[4]] + s[one[4]:one[5]])
		done = other[5]
	}
	return b.String() + s[done:]
}

// confusions are what scanners take for each other, both ways where the other
// is here too.
var confusions = map[rune]string{
	'0': "O", 'O': "0", '1': "l", 'l': "1", 'I': "l", '5': "S", 'S': "5", '8': "B", 'B': "8", '2': "Z", 'Z': "2",
	'6': "b", '9': "g", 'g': "9", '4': "A", '7': "1", '3': "8", 'e': "c", 'c': "e", 'm': "rn", 'u': "ii", 'h': "li", 'w': "vv",
	'.': ",", ',': ".", 'D': "0", 'Q': "O", 'ä': "a", 'ö': "o", 'ü': "u", 'é': "e", 'ß': "B",
}

func ocrText(r *rand.Rand, strength float64, s string) string {
	return byLetter(r, strength, s, func(l rune) (string, bool) {
		other, known := confusions[l]
		return other, known
	})
}

// byLetter replaces the letters that by knows.
func byLetter(r *rand.Rand, strength float64, s string, by func(rune) (string, bool)) string {
	var b strings.Builder
	for _, l := range s {
		other, known := by(l)
		if known && r.Float64() < strength {
			b.WriteString(other)
			continue
		}
		b.WriteRune(l)
	}
	return b.String()
}

// anAmount is an amount with a fraction of two digits.
var anAmount = regexp.MustCompile(`\b\d{1,3}(?:[.,'’ ]\d{3})*[.,]\d{2}\b|\b\d{4,9}[.,]\d{2}\b`)

// hundredthsText writes amounts without their mark: 1,190.00 as 119000.
func hundredthsText(r *rand.Rand, strength float64, s string) string {
	return anAmount.ReplaceAllStringFunc(s, func(amount string) string {
		if r.Float64() >= strength {
			return amount
		}
		return strings.Map(func(l rune) rune {
			if unicode.IsDigit(l) {
				return l
			}
			return -1
		}, amount)
	})
}

// aDate is a day in digits: 2025-03-01, 01.03.2025, 1/3/2025.
var aDate = regexp.MustCompile(`\b(\d{4})-(\d{2})-(\d{2})\b|\b(\d{1,2})([./])(\d{1,2})[./](\d{4})\b`)

// monthFirstText writes dates with the month before the day, as an American form
// has them.
func monthFirstText(r *rand.Rand, strength float64, s string) string {
	return aDate.ReplaceAllStringFunc(s, func(date string) string {
		if r.Float64() >= strength {
			return date
		}
		p := aDate.FindStringSubmatch(date)
		if p[1] != "" {
			return p[2] + "/" + p[3] + "/" + p[1]
		}
		return p[6] + p[5] + p[4] + p[5] + p[7]
	})
}
