// Package service runs what was promoted, as part of a program of yours: each
// case by the code that was evaluated, written durably to an audit log before
// its sender is told, with real actions by senders of yours, other designs in
// shadow, and reviewers' decisions about the cases that were escalated.
//
//	s, err := service.Open(ctx, service.Options{
//		Production: "workflows/invoice/production",
//		Registry:   app.Builtin(),
//		Audit:      "audit/invoice",
//		Sender:     func(system string) engine.Sender { return senders[system] },
//	})
//	...
//	c, err := s.ParseCase(body)
//	served, err := s.Run(ctx, c)
//
// The same over HTTP is `eval serve`. What the log holds is in docs/audit.md.
package service
