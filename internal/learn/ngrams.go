package learn

import (
	"math/bits"
	"unicode"
	"unicode/utf8"
)

// A key identifies a feature. N-grams take the low HashBits bits; categories and
// numbers, of which there are few, set tabularKey and cannot meet an n-gram.
type key = uint32

const tabularKey key = 1 << 31

// block numbers keep apart what the same string means in different places.
const (
	blockWords = iota
	blockChars
	blockTabular
)

const (
	hashStart = 0x9e3779b97f4a7c15
	hashPrime = 0xff51afd7ed558ccd
)

// salt is the hash that every feature of one column and block starts from.
func salt(column, block int) uint64 {
	return step(step(hashStart, uint64(column)+1), uint64(block)+1)
}

// step adds one symbol to a hash (a multiply-and-rotate chain).
func step(h, symbol uint64) uint64 {
	return bits.RotateLeft64((h^symbol)*hashPrime, 29)
}

// finish mixes the bits of a hash (the finaliser of MurmurHash3).
func finish(h uint64) uint64 {
	h ^= h >> 33
	h *= hashPrime
	h ^= h >> 33
	h *= 0xc4ceb9fe1a85ec53
	return h ^ h>>33
}

func hashString(h uint64, s string) uint64 {
	for i := range len(s) {
		h = step(h, uint64(s[i]))
	}
	return finish(h)
}

// grams turns texts into the keys of their n-grams. Its buffers are reused.
type grams struct {
	runes []rune   // one lower-cased word between two spaces
	words []uint64 // hashes of the last words, newest last
}

// fold lower-cases a rune; invalid UTF-8 arrives as U+FFFD and stays so.
func fold(r rune) rune {
	if r < utf8.RuneSelf {
		if 'A' <= r && r <= 'Z' {
			r += 'a' - 'A'
		}
		return r
	}
	return unicode.ToLower(r)
}

func isSpace(r rune) bool {
	if r < utf8.RuneSelf {
		return r == ' ' || '\t' <= r && r <= '\r'
	}
	return unicode.IsSpace(r)
}

func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return 'a' <= r && r <= 'z' || '0' <= r && r <= '9'
	}
	return unicode.IsLetter(r) || unicode.IsNumber(r) || unicode.IsMark(r)
}

// wordKeys appends the keys of the text's n-grams of words, a word being a run
// of letters and digits.
func (g *grams) wordKeys(keys []key, text string, column int, s *Settings) []key {
	start, mask := salt(column, blockWords), uint64(1)<<s.HashBits-1
	g.words = g.words[:0]
	h, inside := uint64(hashStart), false
	end := func() {
		g.words = append(g.words, h)
		// Every n-gram that ends with this word.
		gram := start
		for n := 1; n <= s.WordMax && n <= len(g.words); n++ {
			gram = step(gram, g.words[len(g.words)-n])
			if n >= s.WordMin {
				keys = append(keys, key(finish(gram)&mask))
			}
		}
		if len(g.words) >= 4*maxGram {
			g.words = append(g.words[:0], g.words[len(g.words)-maxGram:]...)
		}
		h, inside = hashStart, false
	}
	for _, r := range text {
		if r = fold(r); isWord(r) {
			h, inside = step(h, uint64(r)), true
		} else if inside {
			end()
		}
	}
	if inside {
		end()
	}
	return keys
}

// charKeys appends the keys of the text's n-grams of characters within each
// run between white space, to which one space is added at either end.
func (g *grams) charKeys(keys []key, text string, column int, s *Settings) []key {
	start, mask := salt(column, blockChars), uint64(1)<<s.HashBits-1
	end := func() {
		g.runes = append(g.runes, ' ')
		for i := range g.runes {
			h := start
			for n := 1; n <= s.CharMax && i+n <= len(g.runes); n++ {
				h = step(h, uint64(g.runes[i+n-1]))
				if n >= s.CharMin {
					keys = append(keys, key(finish(h)&mask))
				}
			}
		}
		g.runes = g.runes[:1]
	}
	g.runes = append(g.runes[:0], ' ')
	for _, r := range text {
		if r = fold(r); !isSpace(r) {
			g.runes = append(g.runes, r)
		} else if len(g.runes) > 1 {
			end()
		}
	}
	if len(g.runes) > 1 {
		end()
	}
	return keys
}
