package synth

import "strings"

// Noise reads a clean text as a scanner would: letters and digits that look
// alike are confused, spaces are dropped, numbers are split, a stroke is
// lost. rate is the chance that one character suffers; line breaks survive.
func Noise(d Draw, text string, rate float64) string {
	if rate <= 0 {
		return text
	}
	runes := []rune(text)
	var b strings.Builder
	b.Grow(len(text) + 16)
	for i := 0; i < len(runes); i++ {
		c := runes[i]
		if c == '\n' || !d.Bool(rate) {
			b.WriteRune(c)
			continue
		}
		switch {
		case c == 'r' && i+1 < len(runes) && runes[i+1] == 'n':
			b.WriteRune('m')
			i++
		case c == 'm':
			b.WriteString("rn")
		case c == ' ':
			// two words run together
		case lookalike[c] != 0 && d.Bool(0.7):
			b.WriteRune(lookalike[c])
		case '0' <= c && c <= '9':
			b.WriteRune(c)
			b.WriteRune(' ')
		case c == '.' || c == ',' || c == ':':
			if d.Bool(0.5) {
				b.WriteRune(' ')
			}
		default:
			b.WriteRune(c)
			if d.Bool(0.3) {
				b.WriteRune('.')
			}
		}
	}
	return b.String()
}

// lookalike holds the characters that an OCR engine takes for one another.
var lookalike = map[rune]rune{
	'0': 'O', 'O': '0', 'o': '0',
	'1': 'l', 'l': '1', 'I': 'l', 'i': 'l',
	'5': 'S', 'S': '5', 's': '5',
	'8': 'B', 'B': '8',
	'6': 'G', 'G': '6',
	'2': 'Z', 'Z': '2',
	'e': 'c', 'c': 'e', 'u': 'v', 'h': 'b', 't': 'f',
	'ä': 'a', 'ö': 'o', 'ü': 'u', 'é': 'e', 'ß': 'B',
	'.': ',', ',': '.', '€': 'E', '-': '~',
}
