package extract

import (
	"regexp"
	"regexp/syntax"
	"strings"
	"unicode"
	"unicode/utf8"
)

// pattern is a regular expression with what is known of it beforehand: most
// patterns do not match most texts, and looking for a word that they need is
// many times faster than the expression.
type pattern struct {
	re    *regexp.Regexp
	group int
	// need is a text without which there is no match; "" where none is known.
	need  string
	fold  bool     // need is in small letters, and any case will do
	pairs []uint16 // of need, as places in a document's set of pairs
	// line says that no match crosses the end of a line, and none looks
	// beyond: lines with the needed text can be searched alone.
	line bool
}

func newPattern(src string) (*pattern, error) {
	re, err := regexp.Compile(src)
	if err != nil {
		return nil, err
	}
	p := &pattern{re: re}
	if re.NumSubexp() > 0 {
		p.group = max(re.SubexpIndex("value"), 1)
	}
	tree, err := syntax.Parse(src, syntax.Perl)
	if err != nil {
		return nil, err
	}
	tree = tree.Simplify()
	p.need, p.fold = needed(tree)
	p.line = p.need != "" && !crosses(tree)
	for i := 1; i < len(p.need); i++ {
		p.pairs = append(p.pairs, pair(p.need[i-1], p.need[i]))
	}
	return p, nil
}

// needed is the longest text that every match holds, as far as the shape of
// the expression tells.
func needed(t *syntax.Regexp) (need string, fold bool) {
	switch t.Op {
	case syntax.OpLiteral:
		fold = t.Flags&syntax.FoldCase != 0
		for _, r := range t.Rune {
			if fold && r >= utf8.RuneSelf {
				return "", false // what else folds to it is not for us to know
			}
		}
		need = string(t.Rune)
		if fold {
			need = strings.ToLower(need)
		}
	case syntax.OpCapture, syntax.OpPlus:
		return needed(t.Sub[0])
	case syntax.OpRepeat:
		if t.Min > 0 {
			return needed(t.Sub[0])
		}
	case syntax.OpConcat:
		for _, s := range t.Sub {
			if n, f := needed(s); len(n) > len(need) {
				need, fold = n, f
			}
		}
	}
	return need, fold
}

// crosses says whether a match could hold the end of a line, or depends on
// where the text begins and ends.
func crosses(t *syntax.Regexp) bool {
	switch t.Op {
	case syntax.OpLiteral:
		return strings.ContainsRune(string(t.Rune), '\n')
	case syntax.OpCharClass:
		for i := 0; i+1 < len(t.Rune); i += 2 {
			if t.Rune[i] <= '\n' && '\n' <= t.Rune[i+1] {
				return true
			}
		}
	case syntax.OpAnyChar, syntax.OpBeginText, syntax.OpEndText:
		return true
	}
	for _, s := range t.Sub {
		if crosses(s) {
			return true
		}
	}
	return false
}

// document is a text that is searched by many patterns.
type document struct {
	text   string
	folded string // in small letters; made when first needed, as long as text
	made   bool
	// pairs is the set of pairs of neighbouring bytes in the text, capitals as
	// small letters: a word with a pair that is not there need not be looked
	// for. Made when first needed.
	pairs  [pairBits / 64]uint64
	paired bool
}

const pairBits = 1 << 12

// pair is the place of two neighbours in a set of pairs. Several share one.
func pair(a, b byte) uint16 {
	return (uint16(lower[a])<<6 ^ uint16(lower[b])) % pairBits
}

// may says whether the text might hold all pairs of a word.
func (d *document) may(pairs []uint16) bool {
	if !d.paired {
		d.paired = true
		for i := 1; i < len(d.text); i++ {
			k := pair(d.text[i-1], d.text[i])
			d.pairs[k/64] |= 1 << (k % 64)
		}
	}
	for _, k := range pairs {
		if d.pairs[k/64]&(1<<(k%64)) == 0 {
			return false
		}
	}
	return true
}

// lower maps ASCII capitals to small letters.
var lower = func() (t [256]byte) {
	for i := range t {
		t[i] = byte(i)
		if 'A' <= i && i <= 'Z' {
			t[i] += 'a' - 'A'
		}
	}
	return t
}()

// fold is the text in small letters, byte for byte in the same places. Two
// letters outside ASCII fold into it: ſ into s and the Kelvin sign into k;
// where they occur there is no such text.
func (d *document) fold() (string, bool) {
	if !d.made {
		d.made = true
		if !strings.Contains(d.text, "\u017f") && !strings.Contains(d.text, "\u212a") {
			d.folded = lowerASCII(d.text)
		}
	}
	return d.folded, d.folded != "" || d.text == ""
}

func lowerASCII(s string) string {
	b := []byte(s)
	for i, c := range b {
		b[i] = lower[c]
	}
	return string(b)
}

// matches calls yield with what the pattern finds from the left, until it
// says no.
func (p *pattern) matches(d *document, yield func(string) bool) {
	hay := d.text
	if p.fold {
		folded, ok := d.fold()
		if !ok {
			p.search(d.text, yield)
			return
		}
		hay = folded
	}
	if p.need == "" {
		p.search(d.text, yield)
		return
	}
	if !d.may(p.pairs) {
		return
	}
	at := strings.Index(hay, p.need)
	if at < 0 {
		return
	}
	if !p.line {
		p.search(d.text, yield)
		return
	}
	for {
		from := strings.LastIndexByte(hay[:at], '\n') + 1
		to := len(hay)
		if i := strings.IndexByte(hay[at:], '\n'); i >= 0 {
			to = at + i
		}
		if !p.search(d.text[from:to], yield) || to == len(hay) {
			return
		}
		next := strings.Index(hay[to:], p.need)
		if next < 0 {
			return
		}
		at = to + next
	}
}

// search goes through a text and says whether to go on. The first match, most
// often all that is wanted, is looked for alone.
func (p *pattern) search(text string, yield func(string) bool) bool {
	m := p.re.FindStringSubmatchIndex(text)
	if m == nil {
		return true
	}
	if !p.yield(text, m, yield) {
		return false
	}
	for _, m := range p.re.FindAllStringSubmatchIndex(text, -1)[1:] {
		if !p.yield(text, m, yield) {
			return false
		}
	}
	return true
}

func (p *pattern) yield(text string, m []int, yield func(string) bool) bool {
	from, to := m[2*p.group], m[2*p.group+1]
	return from < 0 || yield(text[from:to])
}

// squeeze is a text with one space for every run of them.
func squeeze(s string) string {
	clean := true
	for i := range len(s) {
		if c := s[i]; c >= utf8.RuneSelf || c < ' ' || c == ' ' && (i == 0 || i == len(s)-1 || s[i-1] == ' ') {
			clean = false
			break
		}
	}
	if clean {
		return s
	}
	return strings.Join(strings.FieldsFunc(s, unicode.IsSpace), " ")
}
