// Package audit is the log of a promoted design at work: who sent which case
// when, what each step and handoff made of it, how it ended, and what a reviewer
// decided. It is a folder:
//
//	audit-00001.jsonl          JSON lines, oldest file first; see docs/audit.md
//	payloads/2026-11-21-until-2026-12-21.jsonl
//	                           whole cases, where the owner keeps them, and until when
//	alias.key                  makes the names of cases whose ids are personal
//	lock                       held by the one process that writes
//
// A [Log] writes it: what personal columns hold is withheld, and a case counts
// as received when its lines are on disk. A [Reader] reads it, also while it is
// written, and gives each case as a [flow.Case] with its [flow.Trial].
package audit
