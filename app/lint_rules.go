package app

import (
	"fmt"
	"io"
	"strings"
	"text/tabwriter"

	"github.com/rehearse-dev/rehearse/docs"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
)

// listRules prints all rules.
func listRules(w io.Writer) error {
	table := tabwriter.NewWriter(w, 0, 0, 2, ' ', 0)
	for _, r := range design.Rules {
		fmt.Fprintf(table, "%s\t%s\t%s\n", r.ID, r.Severity, r.Doc)
	}
	return table.Flush()
}

// explainRule prints the section of a rule.
func explainRule(w io.Writer, rule string) error {
	_, section, ok := strings.Cut(docs.Lint, "\n## "+rule+"\n")
	if !ok {
		err := fmt.Errorf("unknown rule %q", rule)
		if near := diag.Suggest(rule, design.RuleNames()); near != "" {
			err = fmt.Errorf("%w (%s)", err, near)
		}
		return withCode(ExitUsage, err)
	}
	section, _, _ = strings.Cut(section, "\n## ")
	section = strings.NewReplacer("```yaml\n", "", "```\n", "").Replace(section)
	_, err := fmt.Fprintf(w, "%s\n\n%s\n", rule, strings.TrimSpace(section))
	return err
}
