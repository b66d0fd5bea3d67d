package inspect

import "strings"

// Finder finds, among texts that it was given, those that another text is a
// near-duplicate of, by the same measure as an inspection.
type Finder struct {
	names      []string
	signatures []signature
	bands      map[uint64][]int // texts by band and its bytes
	buf        []byte
}

// Add takes in a text by a name. A text without letters and digits is alike to
// none.
func (f *Finder) Add(name, text string) {
	sig, buf, ok := sign(text, f.buf)
	f.buf = buf
	if !ok {
		return
	}
	if f.bands == nil {
		f.bands = map[uint64][]int{}
	}
	at := len(f.names)
	f.names, f.signatures = append(f.names, name), append(f.signatures, sig)
	for band := 0; band < len(sig); band += 4 {
		k := bandKey(&sig, band)
		f.bands[k] = append(f.bands[k], at)
	}
}

// Like are the names of texts that this one is a near-duplicate of.
func (f *Finder) Like(text string) []string {
	sig, buf, ok := sign(text, f.buf)
	f.buf = buf
	if !ok {
		return nil
	}
	var out []string
	seen := map[int]bool{}
	for band := 0; band < len(sig); band += 4 {
		for _, at := range f.bands[bandKey(&sig, band)] {
			if !seen[at] && similarity(&sig, &f.signatures[at]) >= alike {
				out = append(out, f.names[at])
			}
			seen[at] = true
		}
	}
	return out
}

func bandKey(s *signature, band int) uint64 {
	return uint64(band)<<32 | uint64(s[band])<<24 | uint64(s[band+1])<<16 | uint64(s[band+2])<<8 | uint64(s[band+3])
}

// runningWords is from how many words on a value is running text, of which two
// may be nearly the same.
const runningWords = 8

// Running joins the values that are running text; "" where there is none.
func Running(values []string) string {
	var out []string
	for _, v := range values {
		if len(strings.Fields(v)) >= runningWords {
			out = append(out, v)
		}
	}
	return strings.Join(out, "\n")
}
