package normalise

import (
	"strconv"
	"strings"
	"unicode"
	"unicode/utf8"
)

// DecimalMark says which character parts the fraction off where a text does
// not tell: "1.234" and "1,234".
type DecimalMark byte

const (
	Inferred DecimalMark = 0 // three digits after the only mark are thousands
	Point    DecimalMark = '.'
	Comma    DecimalMark = ','
)

// maxDigits is what a float64 holds exactly.
const maxDigits = 15

// Number reads an amount as people and machines write it: with marks of
// thousands and fractions of any country ("1.234,56", "1 234.56", "1,234.56",
// "1'234.50", "12,34,567.00"), currency signs and codes around it, a minus
// before or after it, or brackets for a negative one, and ",-" or ".--" for no
// fraction. It is false where the text is no one amount.
func Number(s string, mark DecimalMark) (float64, bool) {
	s, negative := unwrap(s)
	// digits and marks, with every kind of space and apostrophe as one mark
	var buf [64]byte
	n := 0
	for _, r := range s {
		if n == len(buf) {
			return 0, false
		}
		switch {
		case r >= '0' && r <= '9', r == '.', r == ',':
			buf[n] = byte(r)
		case r == '\'' || r == '’' || r == '`' || unicode.IsSpace(r):
			if n > 0 && buf[n-1] == ' ' {
				return 0, false
			}
			buf[n] = ' '
		default:
			return 0, false
		}
		n++
	}
	whole, fraction, ok := parts(buf[:n], mark)
	if !ok || len(whole)+len(fraction) > maxDigits {
		return 0, false
	}
	if len(fraction) > 0 {
		whole = append(append(whole, '.'), fraction...)
	}
	x, err := strconv.ParseFloat(string(whole), 64)
	if negative {
		x = -x
	}
	return x, err == nil
}

// unwrap takes off what stands around the digits.
func unwrap(s string) (string, bool) {
	negative := false
	s = strings.TrimSpace(s)
	if strings.HasPrefix(s, "(") && strings.HasSuffix(s, ")") {
		s, negative = s[1:len(s)-1], true
	}
	letters := 0
	trim := func(r rune) bool {
		switch {
		case r == '-' || r == '−' || r == '–' || r == '—':
			negative = !negative
			return true
		case unicode.IsLetter(r):
			letters++
			return true
		}
		return r == '+' || r == '*' || r == ':' || r == '=' || unicode.IsSpace(r) || unicode.Is(unicode.Sc, r)
	}
	s = strings.TrimLeftFunc(s, func(r rune) bool { return trim(r) })
	if letters > 0 { // the dot of "Rs." and "Fr."
		s = strings.TrimLeft(s, ". ")
		s = strings.TrimLeftFunc(s, func(r rune) bool { return trim(r) })
	}
	// "5,-" and "5.–" have no fraction, and are not negative.
	last, before := ' ', negative
	s = strings.TrimRightFunc(s, func(r rune) bool {
		marked := last == '-' && (r == '.' || r == ',')
		if marked {
			negative = before
		}
		cut := trim(r) || r == '.' || marked
		if last = r; r == '−' || r == '–' || r == '—' {
			last = '-'
		}
		return cut
	})
	if letters > 5 {
		return "", false
	}
	return s, negative
}

// parts parts digits and marks into the whole and the fraction.
func parts(s []byte, mark DecimalMark) (whole, fraction []byte, ok bool) {
	if len(s) == 0 || !digit(s[len(s)-1]) {
		return nil, nil, false
	}
	at := fractionMark(s, mark)
	left := s
	if at >= 0 {
		left, fraction = s[:at], s[at+1:]
		for _, c := range fraction {
			if !digit(c) {
				return nil, nil, false
			}
		}
	}
	whole, ok = ungroup(left)
	return whole, fraction, ok
}

// fractionMark is where the mark of the fraction stands, -1 for nowhere.
func fractionMark(s []byte, mark DecimalMark) int {
	lastDot, lastComma, dots, commas := -1, -1, 0, 0
	for i, c := range s {
		switch c {
		case '.':
			lastDot, dots = i, dots+1
		case ',':
			lastComma, commas = i, commas+1
		}
	}
	switch {
	case dots > 0 && commas > 0: // the later of two different ones
		if last := max(lastDot, lastComma); (last == lastDot && dots == 1) || (last == lastComma && commas == 1) {
			return last
		}
		return -1
	case dots+commas != 1: // none, or the same one again and again
		return -1
	}
	at := max(lastDot, lastComma)
	if mark != Inferred {
		if s[at] == byte(mark) {
			return at
		}
		return -1
	}
	after := len(s) - at - 1
	if after == 3 && at >= 1 && at <= 3 && s[0] != '0' {
		return -1
	}
	return at
}

// ungroup drops marks between groups of digits: the last group has three, the
// ones between two or three (lakh and crore), the first one to three.
func ungroup(s []byte) ([]byte, bool) {
	out := make([]byte, 0, maxDigits+2)
	group, groups := 0, 0
	var sep byte
	for i, c := range s {
		if digit(c) {
			out = append(out, c)
			group++
			continue
		}
		if sep != 0 && c != sep || group == 0 || group > 3 || groups > 0 && group < 2 || i == len(s)-1 {
			return nil, false
		}
		sep = c
		groups++
		group = 0
	}
	if groups > 0 && group != 3 || len(out) > maxDigits {
		return nil, false
	}
	if len(out) == 0 {
		out = append(out, '0') // ".50"
	}
	return out, true
}

func digit(c byte) bool { return c >= '0' && c <= '9' }

// Currency is the code of a sign or a code in a text, "" where there is none.
func Currency(s string) string {
	for i, r := range s {
		if unicode.Is(unicode.Sc, r) {
			return signs[r]
		}
		if word := strings.ToUpper(s[i:min(i+3, len(s))]); len(word) == 3 && codes[word] && border(s, i, i+3) {
			return word
		}
	}
	return ""
}

// border says whether no letter touches s[from:to].
func border(s string, from, to int) bool {
	before, _ := utf8.DecodeLastRuneInString(s[:from])
	after, _ := utf8.DecodeRuneInString(s[to:])
	return !unicode.IsLetter(before) && !unicode.IsLetter(after)
}

var signs = map[rune]string{'€': "EUR", '$': "USD", '£': "GBP", '¥': "JPY", '₹': "INR", '₩': "KRW", '₽': "RUB", '₺': "TRY", '₪': "ILS", '₫': "VND", '฿': "THB", '₴': "UAH", '₦': "NGN", '₱': "PHP"}

var codes = func() map[string]bool {
	m := map[string]bool{}
	for _, c := range strings.Fields("AED ARS AUD BGN BRL CAD CHF CLP CNY COP CZK DKK EGP EUR GBP HKD HUF IDR ILS INR ISK JPY KRW MAD MXN MYR NGN NOK NZD PEN PHP PLN RON RUB SAR SEK SGD THB TRY TWD UAH USD VND ZAR") {
		m[c] = true
	}
	return m
}()
