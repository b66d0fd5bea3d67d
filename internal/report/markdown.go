package report

import (
	"fmt"
	"html"
	"io"
	"strings"
)

// Markdown prints the report for a page or a pull request.
func (r *Report) Markdown(w io.Writer) error {
	tables, footnotes := r.tables()
	return document{r.title(), r.subtitle(), r.lead(), tables, footnotes}.markdown(w)
}

// markdown prints a document as Markdown.
func (d document) markdown(w io.Writer) error {
	var b strings.Builder
	fmt.Fprintf(&b, "# %s\n\n%s\n", paragraph(d.title), paragraph(d.subtitle))
	for i, line := range d.lead {
		if i == 0 {
			b.WriteByte('\n')
		}
		fmt.Fprintf(&b, "- %s\n", paragraph(line))
	}
	for _, t := range d.tables {
		fmt.Fprintf(&b, "\n## %s%s\n\n", paragraph(t.title), superscripts(t.notes))
		if t.intro != "" {
			fmt.Fprintf(&b, "%s\n\n", paragraph(t.intro))
		}
		markdownTable(&b, t)
	}
	if len(d.footnotes) > 0 {
		b.WriteString("\n## Notes\n\n")
	}
	for i, f := range d.footnotes {
		fmt.Fprintf(&b, "%d. %s\n", i+1, paragraph(f))
	}
	_, err := io.WriteString(w, b.String())
	return err
}

func superscripts(notes []int) string {
	out := ""
	for _, n := range notes {
		out += fmt.Sprintf(" <sup>%d</sup>", n)
	}
	return out
}

func markdownTable(b *strings.Builder, t table) {
	line := func(columns int, cell func(column int) string) {
		b.WriteString("|")
		for j := range columns {
			b.WriteString(" " + strings.ReplaceAll(escape(cell(j)), "\n", "<br>") + " |")
		}
		b.WriteByte('\n')
	}
	line(len(t.head), func(j int) string { return clipped(t.head[j]) })
	b.WriteString("|")
	for i := range t.head {
		if t.right[i] {
			b.WriteString(" ---: |")
		} else {
			b.WriteString(" --- |")
		}
	}
	b.WriteByte('\n')
	for i, row := range t.rows {
		line(len(row), func(j int) string { return t.cell(i, j) })
	}
}

// paragraph is untrusted text as one paragraph: a line break in it would start
// a block.
func paragraph(s string) string { return escape(oneLine(s, paragraphWidth)) }

// escape makes untrusted text plain in Markdown: nothing of it is markup, and
// nothing of it becomes a link or calls somebody.
func escape(s string) string {
	// In this order: entities have a '#' of their own.
	return links.Replace(html.EscapeString(markup.Replace(clean(s))))
}

var (
	markup = strings.NewReplacer(
		`\`, `\\`, "|", `\|`, "`", "\\`", "*", `\*`, "_", `\_`, "[", `\[`, "]", `\]`, "#", `\#`, "~", `\~`, "$", `\$`,
	)
	links = strings.NewReplacer("://", "&#58;//", "www.", "www&#46;", "@", "@<!-- -->")
)
