package handoffs

import "github.com/rehearse-dev/rehearse/flow"

// MAST are the modes of the Multi-Agent System Failure Taxonomy (Cemri et al.
// 2025, "Why do multi-agent LLM systems fail?", arXiv 2503.13657) that describe a
// kind of failure; nil where none does. docs/handoffs.md says why.
func MAST(kind flow.HandoffKind, detail string) []string {
	switch {
	case kind == flow.Malformed:
		return []string{"FM-1.1"} // disobey task specification
	case kind == flow.Incomplete && detail == lost:
		return []string{"FM-2.4"} // information withholding
	case kind == flow.Corrupted:
		return []string{"FM-3.2", "FM-3.3"} // no or incomplete, or incorrect, verification
	case kind == flow.Duplicated:
		return []string{"FM-1.3"} // step repetition
	}
	return nil
}

// lost is the detail of a value that an earlier step had.
const lost = "lost"
