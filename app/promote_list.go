package app

import (
	"fmt"
	"io"
	"time"

	"github.com/rehearse-dev/rehearse/internal/promote"
)

// listPromoted prints what was in production of a workflow, oldest first, and
// what is.
func listPromoted(s *streams, workflow string) error {
	w, err := findWorkflow(workflow)
	if err != nil {
		return err
	}
	dir := promote.Folder(w.Dir)
	all, problems := promote.List(dir)
	if err := problems.Err(); err != nil {
		return err
	}
	for _, l := range all {
		p := l.Production
		name := "in production"
		if l.Number > 0 {
			name = fmt.Sprintf("history %04d", l.Number)
		}
		fmt.Fprintf(s.out, "%-13s  %s  %s, run %s, by %s: %s", name, p.Promoted.At, p.Design, p.Evidence.Run, p.Promoted.By, p.Evidence.Gate.Verdict)
		if a := p.Promoted.Approval; a != nil {
			fmt.Fprintf(s.out, "; approved by %s: %q", a.By, a.Reason)
		}
		if p.Promoted.Override != nil {
			fmt.Fprint(s.out, "; by an override")
		}
		if e, err := time.Parse(time.RFC3339, p.Promoted.Expires); err == nil {
			fmt.Fprintf(s.out, "; expires %s", e.Format(time.DateOnly))
		}
		fmt.Fprintln(s.out)
	}
	return nil
}

// exporters write what is in production as one document, by --format.
var exporters = map[string]func(*promote.Export) ([]byte, error){
	"yaml":      (*promote.Export).YAML,
	"json":      (*promote.Export).JSON,
	"configmap": (*promote.Export).ConfigMap,
}

// exportPromoted prints what is in production as one document, if it is as it
// was promoted.
func exportPromoted(s *streams, f *promoteFlags) error {
	w, err := findWorkflow(f.export)
	if err != nil {
		return err
	}
	dir := promote.Folder(w.Dir)
	p, err := inForce(dir)
	if err != nil {
		return err
	}
	e, err := promote.ReadExport(dir, p)
	if err != nil {
		return withCode(ExitInput, fmt.Errorf("not exported: %w", err))
	}
	data, err := exporters[f.format](e)
	if err != nil {
		return withCode(ExitInput, fmt.Errorf("not exported: %w", err))
	}
	return s.print(f.output, func(w io.Writer) error { _, err := w.Write(data); return err })
}
