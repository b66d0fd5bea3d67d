package joint

import (
	"bufio"
	"encoding/json"
	"io"
	"path/filepath"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/regular"
)

// Handoff is a line of handoffs.jsonl: one case on its way over a link.
type Handoff struct {
	From     string           `json:"from"` // workflows
	To       string           `json:"to"`
	Sender   string           `json:"sender"` // cases
	Receiver string           `json:"receiver"`
	Sent     bool             `json:"sent"`
	Kind     flow.HandoffKind `json:"kind,omitempty"` // how it failed
	Clause   string           `json:"clause,omitempty"`
	Detail   string           `json:"detail,omitempty"`
}

// writeHandoffs writes all handoffs between workflows, in the order of the
// links and of the receivers' cases.
func (j *Job) writeHandoffs(stages []*stage, p *play) error {
	return regular.Replace(filepath.Join(j.Dir, "handoffs.jsonl"), func(w io.Writer) error {
		out := bufio.NewWriter(w)
		enc := json.NewEncoder(out)
		for i, st := range stages {
			for k, l := range st.In {
				from := indexOf(stages, l.From)
				for row := range st.rows {
					at := st.rows[row].parents[k]
					if at < 0 || !p.passages[from][at].came {
						continue
					}
					h := p.passages[i][row].handoffs[k]
					err := enc.Encode(Handoff{
						From: l.From.Name, To: l.To.Name, Sender: stages[from].rows[at].id, Receiver: st.rows[row].id,
						Sent: h.Sent, Kind: h.Kind, Clause: h.Clause, Detail: h.Detail,
					})
					if err != nil {
						return err
					}
				}
			}
		}
		return out.Flush()
	})
}
