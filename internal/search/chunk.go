package search

import (
	"regexp"
	"strings"
	"unicode/utf8"

	"github.com/clipperhouse/uax29/v2/sentences"
	"github.com/clipperhouse/uax29/v2/words"
)

// Document is one text that can be found.
type Document struct {
	ID    string
	Title string // stands before the headings of all its chunks; may be ""
	Text  string
	// Markdown says that lines such as "## Returns" begin sections.
	Markdown bool
}

// Chunk is a passage of a document, the unit that is found.
type Chunk struct {
	Document string // its id
	Number   int    // in the document, from 1
	Heading  string // title and headings above it, "Returns > Refunds"; may be ""
	Text     string
}

// Cut says how documents are cut into chunks. Lengths are in characters.
type Cut struct {
	Size    int // at most so long, at least 1
	Overlap int // at most so much of the chunk before is repeated; below Size
}

// Split cuts a document into chunks. A chunk never reaches over a heading; it
// holds whole paragraphs as long as they fit, else whole sentences, else whole
// words. Where a chunk goes on in the same section, it begins with the last
// paragraphs or sentences of the one before that fit into the overlap.
func (c Cut) Split(d Document) []Chunk {
	d.Text = strings.ToValidUTF8(d.Text, "\uFFFD")
	var out []Chunk
	for _, s := range sectionsOf(d) {
		units := c.units(s.text)
		for from, next := 0, 0; next < len(units); {
			begin := from
			for length(units[begin:next])+units[next].length > c.Size {
				begin++ // less overlap, so that there is room for something new
			}
			end := next + 1
			for end < len(units) && length(units[begin:end])+units[end].length <= c.Size {
				end++
			}
			// Blank space after what the chunk before has is nothing new.
			if strings.TrimSpace(s.text[units[next].from:units[end-1].to]) != "" {
				text := strings.TrimSpace(s.text[units[begin].from:units[end-1].to])
				out = append(out, Chunk{Document: d.ID, Number: len(out) + 1, Heading: s.heading, Text: text})
			}
			for from, next = end, end; from > begin && length(units[from-1:end]) <= c.Overlap; {
				from--
			}
		}
	}
	return out
}

// section is what stands under one heading.
type section struct{ heading, text string }

var headingLine = regexp.MustCompile(`^ {0,3}(#{1,6})(?:[ \t]+(.*?))?(?:[ \t]+#+)?[ \t]*$`)

// sectionsOf parts Markdown at its headings (ATX, outside fenced code); any
// other text is one section.
func sectionsOf(d Document) []section {
	if !d.Markdown {
		return []section{{d.Title, d.Text}}
	}
	var (
		out   []section
		path  [6]string
		fence string
		start int
	)
	heading := func() string {
		parts := []string{}
		for _, p := range append([]string{d.Title}, path[:]...) {
			if p != "" {
				parts = append(parts, p)
			}
		}
		return strings.Join(parts, " > ")
	}
	at := 0
	for line := range strings.Lines(d.Text) {
		begin := at
		at += len(line)
		trimmed := strings.TrimSpace(line)
		if fence != "" {
			if strings.HasPrefix(trimmed, fence) && strings.Trim(trimmed, fence[:1]) == "" {
				fence = ""
			}
			continue
		}
		if f := fenceOf(trimmed); f != "" {
			fence = f
			continue
		}
		m := headingLine.FindStringSubmatch(strings.TrimRight(line, "\r\n"))
		if m == nil {
			continue
		}
		out = append(out, section{heading(), d.Text[start:begin]})
		start = at
		level := len(m[1]) - 1
		path[level] = strings.TrimSpace(m[2])
		clear(path[level+1:])
	}
	return append(out, section{heading(), d.Text[start:]})
}

// fenceOf is the mark that a line of Markdown opens code with, and that closes
// it again.
func fenceOf(line string) string {
	for _, mark := range []string{"`", "~"} {
		if n := len(line) - len(strings.TrimLeft(line, mark)); n >= 3 {
			return line[:n]
		}
	}
	return ""
}

// unit is a part of a section that is never cut.
type unit struct{ from, to, length int }

func length(units []unit) int {
	n := 0
	for _, u := range units {
		n += u.length
	}
	return n
}

var blankLines = regexp.MustCompile(`\n[ \t\r]*\n\s*`)

// units cut a text into paragraphs, those that are too long into sentences,
// and so on. Together they are the whole text.
func (c Cut) units(text string) []unit {
	var out []unit
	add := func(from, to int) { out = append(out, unit{from, to, utf8.RuneCountInString(text[from:to])}) }
	paragraph := func(from, to int) {
		if utf8.RuneCountInString(text[from:to]) <= c.Size {
			add(from, to)
			return
		}
		for s := sentences.FromString(text[from:to]); s.Next(); {
			begin, end := from+s.Start(), from+s.End()
			if utf8.RuneCountInString(s.Value()) <= c.Size {
				add(begin, end)
				continue
			}
			c.pieces(text, begin, end, add)
		}
	}
	at := 0
	for _, gap := range blankLines.FindAllStringIndex(text, -1) {
		paragraph(at, gap[1])
		at = gap[1]
	}
	if at < len(text) {
		paragraph(at, len(text))
	}
	return out
}

// pieces cut a sentence that is too long between words, and a word that is too
// long between characters.
func (c Cut) pieces(text string, from, to int, add func(from, to int)) {
	begin, n := from, 0
	flush := func(end int) {
		if end > begin {
			add(begin, end)
		}
		begin, n = end, 0
	}
	for w := words.FromString(text[from:to]); w.Next(); {
		start, length := from+w.Start(), utf8.RuneCountInString(w.Value())
		if n+length > c.Size {
			flush(start)
		}
		if length <= c.Size {
			n += length
			continue
		}
		for i := range w.Value() {
			if n == c.Size {
				flush(start + i)
			}
			n++
		}
	}
	flush(to)
}
