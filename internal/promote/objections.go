package promote

import (
	"fmt"
	"strings"
	"time"

	"github.com/rehearse-dev/rehearse/internal/gate"
)

// Objections says why a config that is as it was promoted should not be
// deployed at a time: it has expired, or its gate did not pass. An override is
// an objection, unless it is accepted.
func (p *Production) Objections(at time.Time, acceptOverride bool) []string {
	var out []string
	if p.Promoted.Expires != "" {
		expires, err := time.Parse(time.RFC3339, p.Promoted.Expires)
		switch {
		case err != nil:
			out = append(out, fmt.Sprintf("its date of expiry %q is none", p.Promoted.Expires))
		case !at.Before(expires):
			out = append(out, fmt.Sprintf("it expired at %s: measure it on newer cases, and promote it again", p.Promoted.Expires))
		}
	}
	if o := p.Promoted.Override; o != nil {
		if !acceptOverride {
			out = append(out, fmt.Sprintf("%s promoted it by an override, because %q, although %s", o.By, o.Reason, strings.Join(o.Refused, "; ")))
		}
		return out
	}
	if p.Evidence.Gate.Verdict != string(gate.Pass) {
		out = append(out, fmt.Sprintf("the gate's verdict is %q", p.Evidence.Gate.Verdict))
	}
	for _, t := range p.Evidence.Gate.Thresholds {
		if t.Tier == string(gate.Critical) && t.Verdict != string(gate.Pass) {
			out = append(out, fmt.Sprintf("the critical threshold on %s is %s", t.Metric, t.Verdict))
		}
	}
	return out
}
