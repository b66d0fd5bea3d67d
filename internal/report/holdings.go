package report

import (
	"fmt"
	"io"
	"strconv"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/llm"
)

// Holdings are the stored answers by endpoint and model, and by what else
// answered: programs and databases.
type Holdings struct {
	Cache  string        `json:"cache"` // the file of those of models
	Models []Holding     `json:"models"`
	Others []llm.Holding `json:"others,omitempty"`
	Runs   int           `json:"runs"` // that were looked at for answers in use
}

// Holding is what is stored of one model.
type Holding struct {
	llm.Holding
	Name string `json:"name,omitempty"` // in models.yaml
	// Paid is what the answers cost at the prices of models.yaml; nil where it
	// has none for the model.
	Paid *float64 `json:"paid,omitempty"`
}

// JSON prints it for programs.
func (h Holdings) JSON(w io.Writer) error { return indented(w, h) }

// Text prints it for a terminal.
func (h Holdings) Text(w io.Writer, o TextOptions) error { return h.document().text(w, o) }

// Markdown prints it for a page.
func (h Holdings) Markdown(w io.Writer) error { return h.document().markdown(w) }

// HTML prints it as a page.
func (h Holdings) HTML(w io.Writer) error { return h.document().html(w, "Stored answers") }

func (h Holdings) document() document {
	d := document{title: "Stored answers", subtitle: h.Cache + " holds none."}
	if len(h.Models) > 0 {
		h.models(&d)
	}
	if len(h.Others) > 0 {
		d.tables = append(d.tables, h.others())
	}
	return d
}

// others is the table of programs and databases.
func (h Holdings) others() table {
	t := table{
		title: "Programs and databases", intro: "Those that say record: true, and all that PostgreSQL answered.",
		head: []string{"answered by", "answers", "unused", "mean\ntime", "size", "first", "last"},
	}
	t.right = numbers(len(t.head))
	for _, o := range h.Others {
		t.rows = append(t.rows, []string{
			oneLine(o.Asked, 60), whole(float64(o.Answers)), whole(float64(o.Unused)), (o.Waited / time.Duration(o.Answers)).Round(time.Millisecond).String(),
			Size(o.Bytes), o.First.Format(time.DateOnly), o.Last.Format(time.DateOnly),
		})
	}
	return t
}

// models adds the table of models.
func (h Holdings) models(d *document) {
	t := table{
		title: "Models", intro: "Tokens and money are those of the answers when they were made. An answer is unused where none of the runs in reports/runs read it.",
		head: []string{"endpoint", "model", "answered by", "answers", "unused", "tokens in", "cached", "tokens out", "mean\nlatency", "paid", "size", "first", "last"},
	}
	t.right = numbers(len(t.head))
	t.right[1], t.right[2] = false, false
	var n notes
	answers, unpriced, several := 0, false, false
	for _, m := range h.Models {
		answers += m.Answers
		model := m.Asked
		if m.Name != "" {
			model += "\n(" + m.Name + ")"
		}
		paid := none
		if m.Paid != nil {
			paid = strconv.FormatFloat(*m.Paid, 'f', 4, 64)
		}
		unpriced, several = unpriced || m.Paid == nil, several || len(m.Answered) > 1
		latency := (m.Waited / time.Duration(m.Answers)).Round(time.Millisecond)
		t.rows = append(t.rows, []string{
			m.BaseURL, model, strings.Join(m.Answered, "\n"), whole(float64(m.Answers)), whole(float64(m.Unused)),
			whole(float64(m.Usage.In)), whole(float64(m.Usage.Cached)), whole(float64(m.Usage.Out)), latency.String(), paid,
			Size(m.Bytes), m.First.Format(time.DateOnly), m.Last.Format(time.DateOnly),
		})
	}
	if unpriced {
		t.notes = append(t.notes, n.add("paid is not known where models.yaml has no prices for the model at that endpoint"))
	}
	if several {
		t.notes = append(t.notes, n.add("several models answered under one name: figures from before and after the change are not of the same model"))
	}
	d.subtitle = fmt.Sprintf("%s: %s answers; %d runs looked at.", h.Cache, whole(float64(answers)), h.Runs)
	d.tables, d.footnotes = []table{t}, n.texts
}

// Size is a number of bytes as people read it.
func Size(n int64) string {
	const unit = 1024
	if n < unit {
		return fmt.Sprintf("%d B", n)
	}
	f, i := float64(n)/unit, 0
	for ; f >= unit && i < 3; i++ {
		f /= unit
	}
	return fmt.Sprintf("%.1f %ciB", f, "KMGT"[i])
}
