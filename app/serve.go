package app

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"path/filepath"
	"syscall"
	"time"

	"github.com/spf13/cobra"

	"github.com/rehearse-dev/rehearse/flow"
	"github.com/rehearse-dev/rehearse/internal/design"
	"github.com/rehearse-dev/rehearse/internal/diag"
	"github.com/rehearse-dev/rehearse/internal/promote"
	"github.com/rehearse-dev/rehearse/internal/serve"
	"github.com/rehearse-dev/rehearse/internal/telemetry"
	"github.com/rehearse-dev/rehearse/service"
)

// serveFlags are the flags of eval serve.
type serveFlags struct {
	listen                string
	remote                bool
	hosts, shadows        []string
	audit, card           string
	payloads              int
	auditMB               int64
	concurrency, waiting  int
	deadline, readTimeout time.Duration
	drain                 time.Duration
	bodyKB                int64
	shadowBacklog         int
	programs              bool
	minutes               float64
}

func serveCommand(r *flow.Registry, s *streams) *cobra.Command {
	var f serveFlags
	c := &cobra.Command{
		Use:   "serve PRODUCTION",
		Short: "Run what was promoted as an HTTP endpoint on this machine, with an audit log",
		Long: `Serve runs the design of a production folder (or the production.yaml in it) on
each case that is posted, by the code that was evaluated, and answers when what
became of it is in the audit log, on disk.

  POST /cases               {"id": "...", "input": {...}}: outcome, or who takes it
  GET  /cases/ID            what became of it
  GET  /queue               escalated cases that wait for a reviewer
  POST /cases/ID/decision   {"reviewer": "...", "seconds": 90, "outcome": {...}}
  GET  /health /ready       whether it is up; whether it can take a case in
  GET  /metrics             for Prometheus

Actions are dry runs: what is to be done follows from the answer. A program that
takes them itself is a few lines with the package service. A design given by
--shadow, the name of one of the workflow, a file or another production folder,
works on each case beside, acts on nothing, and is logged.

It listens on loopback unless --allow-remote says otherwise, and knows no users:
put what does in front of it. It stops on SIGTERM when the cases under way are
answered. With the usual OTEL_ variables of the environment it exports traces and
metrics by OTLP over HTTP.`,
		Example: join(s.program,
			"%s serve workflows/invoice/production",
			"%s serve workflows/invoice/production --listen 127.0.0.1:8080 --shadow model-cutoff",
			"%s serve workflows/invoice/production --audit audit/invoice --payload-days 30"),
		Args: args(cobra.ExactArgs(1)),
		RunE: func(c *cobra.Command, a []string) error {
			err := runService(c.Context(), r, s, &f, a[0])
			if c.Context().Err() != nil && errors.Is(err, context.Canceled) {
				return nil // stopped while it started: nothing was taken in
			}
			return err
		},
	}
	flags := c.Flags()
	flags.StringVar(&f.listen, "listen", "127.0.0.1:0", "`address` to listen on; port 0 takes a free one")
	flags.BoolVar(&f.remote, "allow-remote", false, "listen on an address that others can reach")
	flags.StringArrayVar(&f.hosts, "host", nil, "`name` under which it may be called beside localhost (repeatable)")
	flags.StringArrayVar(&f.shadows, "shadow", nil, "`design` that works on each case beside and acts on nothing (repeatable)")
	flags.IntVar(&f.shadowBacklog, "shadow-backlog", 64, "cases that wait for a design in shadow; more are dropped")
	flags.StringVar(&f.audit, "audit", "", "`folder` of the audit log (default reports/audit/WORKFLOW of the project)")
	flags.Int64Var(&f.auditMB, "audit-size", 0, "`MB` that the audit log may take; a full one takes no more cases (default no limit)")
	flags.IntVar(&f.payloads, "payload-days", 0, "keep whole cases, with personal values, for so many `days` (default none)")
	flags.StringVar(&f.card, "card", "", "dataset `card` that says what is personal (default that of the evidence)")
	flags.IntVar(&f.concurrency, "concurrency", 64, "cases worked on at once")
	flags.IntVar(&f.waiting, "waiting", 256, "cases that wait for their turn; more are answered 429")
	flags.DurationVar(&f.deadline, "deadline", time.Minute, "time for one case; then it has failed")
	flags.DurationVar(&f.readTimeout, "read-timeout", 10*time.Second, "time for a request to come in")
	flags.DurationVar(&f.drain, "drain", 30*time.Second, "time for the cases under way when it is stopped")
	flags.Int64Var(&f.bodyKB, "max-body", 1024, "`KB` that a request may have")
	flags.Float64Var(&f.minutes, "minutes-per-case", 0, "people's `minutes` for a case where nothing is automated, for the time saved (default those of the workflow's only team)")
	flags.BoolVar(&f.programs, "programs", false, "allow steps to start the programs that the design names")
	return c
}

// What flags may say at most. A body that is escaped has to fit into one line of
// the audit log, and the others into the numbers that come of them.
const (
	mostCases = 1_000_000
	mostDays  = 36_500
	mostMB    = 1 << 30
	mostKB    = 8 << 10
)

// check refuses flags that make no sense.
func (f *serveFlags) check() error {
	switch {
	case f.concurrency < 1 || f.waiting < 0 || f.shadowBacklog < 1 || max(f.concurrency, f.waiting, f.shadowBacklog) > mostCases:
		return fmt.Errorf("--concurrency and --shadow-backlog take numbers from 1 to %d, --waiting from 0", mostCases)
	case !(f.minutes >= 0):
		return errors.New("--minutes-per-case takes a number from 0 up")
	case f.payloads < 0 || f.payloads > mostDays || f.auditMB < 0 || f.auditMB > mostMB:
		return fmt.Errorf("--payload-days takes a number from 0 to %d, --audit-size from 0 to %d", mostDays, mostMB)
	case f.bodyKB < 1 || f.bodyKB > mostKB:
		return fmt.Errorf("--max-body takes a number from 1 to %d", mostKB)
	case f.deadline <= 0 || f.readTimeout <= 0 || f.drain <= 0:
		return errors.New("--deadline, --read-timeout and --drain take times above 0, such as 30s")
	}
	return nil
}

func runService(ctx context.Context, r *flow.Registry, s *streams, f *serveFlags, name string) (err error) {
	if err := f.check(); err != nil {
		return withCode(ExitUsage, err)
	}
	folder, ok := promotedFolder(name)
	if !ok {
		return withCode(ExitInput, fmt.Errorf("%s: nothing was promoted there: want a production folder", name))
	}
	production, problems := promote.Verify(folder)
	if err := problems.Err(); err != nil {
		return err
	}
	on, err := f.listener()
	if err != nil {
		return err
	}
	defer on.Close()
	root := projectRoot(folder)
	session := flow.Session{Dir: stateDir(root), Run: "serve", Seed: production.Evidence.Seed, Programs: f.programs}
	shadows, closeShadows, err := f.openShadows(ctx, r, s, folder, session)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, closeShadows()) }()
	logger := slog.New(slog.NewTextHandler(s.err, nil))
	dir := f.audit
	if dir == "" {
		dir = filepath.Join(root, "reports", "audit", production.Workflow)
	}
	w, problems := promotedWorkflow(folder, production)
	if err := problems.Err(); err != nil {
		return err
	}
	metrics := telemetry.NewMetrics(w, production.Design, production.Config.DesignDigest, f.minutesOf(w))
	told, err := telemetry.Open(ctx, metrics, w, production.Design)
	if err != nil {
		return withCode(ExitUsage, err)
	}
	defer func() {
		within, cancel := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
		defer cancel()
		if err := told.Close(within); err != nil {
			logger.Warn("not all telemetry was exported", slog.Any("error", err))
		}
	}()
	svc, err := service.Open(ctx, service.Options{
		Production: folder, Registry: r, Session: session, Audit: dir, AuditBytes: f.auditMB << 20, Payloads: f.payloads, Card: f.card,
		Shadows: shadows, ShadowBacklog: f.shadowBacklog, Deadline: f.deadline, Logger: logger, Observer: told, Tracer: told,
	})
	if err != nil {
		return withCode(ExitInput, err)
	}
	defer func() { err = errors.Join(err, svc.Close()) }()
	metrics.Watch(svc)
	fmt.Fprintf(s.out, "serving %s of %s on http://%s, audit log in %s\n", production.Design, production.Workflow, on.Addr(), relative(dir))
	return serve.Run(ctx, on, svc, serve.Options{
		Hosts: f.hosts, Concurrency: f.concurrency, Waiting: f.waiting, MaxBody: f.bodyKB << 10, ReadTimeout: f.readTimeout, Drain: f.drain, Logger: logger,
		Metrics: metrics.Handler(), Around: told.Middleware, Overloaded: metrics.Overloaded,
	})
}

// promotedWorkflow is the workflow as it was promoted.
func promotedWorkflow(folder string, p *promote.Production) (*design.Workflow, diag.List) {
	for _, f := range p.Files {
		if f.Role != promote.WorkflowFile {
			continue
		}
		path := filepath.Join(folder, "files", f.StoredName())
		if !f.Stored {
			path = filepath.Join(filepath.Dir(folder), filepath.FromSlash(f.Path))
		}
		return design.LoadWorkflow(path)
	}
	return nil, diag.List{{Pos: flow.Pos{File: folder}, Message: "it names no workflow"}}
}

// minutesOf is people's time for a case where nothing is automated: what is
// said, else what the workflow says of its only team.
func (f *serveFlags) minutesOf(w *design.Workflow) float64 {
	if f.minutes > 0 || len(w.Teams) != 1 {
		return f.minutes
	}
	return w.Teams[0].Minutes
}

// listener listens, where others cannot reach unless that is allowed.
func (f *serveFlags) listener() (net.Listener, error) {
	on, err := net.Listen("tcp", f.listen)
	var refused *os.SyscallError
	switch {
	case errors.Is(err, syscall.EADDRINUSE):
		return nil, fmt.Errorf("--listen %q: another program listens there", f.listen)
	case errors.As(err, &refused):
		return nil, fmt.Errorf("--listen %q: this machine refuses it: %w", f.listen, refused.Err)
	case err != nil:
		return nil, withCode(ExitUsage, fmt.Errorf("--listen %q: %w", f.listen, err))
	}
	if a, err := netip.ParseAddrPort(on.Addr().String()); !f.remote && (err != nil || !a.Addr().Unmap().IsLoopback()) {
		return nil, errors.Join(on.Close(), withCode(ExitUsage, fmt.Errorf("--listen %q: others can reach that address, and the service knows no users: listen on 127.0.0.1, or say --allow-remote", f.listen)))
	}
	return on, nil
}
