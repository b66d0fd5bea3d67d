package stress

// The designs of a workflow in which what each fault does is known beforehand: a
// case is right when its code comes through.
const (
	// plain gives the code as it comes, and "none" where there is none.
	plain = `
steps:
  - {name: read, kind: compute, in: {code: input.code}, compute: {decision: 'in.code ?? "none"'}, out: {decision: outcome.decision}}
outcome: {decision: read.decision}
`
	// looking finds the code in a table, and goes to the desk without it.
	looking = `
on_broken_handoff: desk
steps:
  - {name: book, kind: lookup, system: erp, in: {id: input.id}, table: book.csv, where: key == in.id, out: {code: string?}}
  - name: decide
    kind: route
    routes:
      - {when: book.code == null, escalate: desk, because: unknown}
      - else: end
outcome: {decision: 'book.code ?? "none"'}
`
	// trusting is looking, without anybody to ask.
	trusting = `
on_broken_handoff: fail
steps:
  - {name: book, kind: lookup, system: erp, in: {id: input.id}, table: book.csv, where: key == in.id, out: {code: string?}}
outcome: {decision: 'book.code ?? "none"'}
`
	// searching finds the document of the code, in a real index.
	searching = `
on_broken_handoff: fail
steps:
  - {name: search, kind: retrieve, in: {code: input.code}, documents: policies, query: 'in.code ?? ""', k: 2, out: {documents: {list: string}, best: string?, hits: {list: record}}}
  - {name: read, kind: compute, in: {best: search.best, documents: search.documents}, compute: {decision: 'in.best == "ship.md" ? "ship" : in.best == "hold.md" ? "hold" : "none"'}, out: {decision: outcome.decision}}
outcome: {decision: read.decision}
`
	// asIs has the desk decide it all.
	asIs = `
on_broken_handoff: fail
steps:
  - {name: desk, kind: human, team: desk}
outcome: {decision: desk.decision}
`
	// between has the desk decide, and something done with it.
	between = `
on_broken_handoff: fail
steps:
  - {name: look, kind: human, team: desk, in: {code: input.code}, decides: [decision]}
  - {name: write, kind: compute, in: {decision: look.decision}, needs: [decision], compute: {decision: in.decision}, out: {decision: outcome.decision}}
outcome: {decision: write.decision}
`
	// copilot shows the desk what the code says.
	copilot = `
on_broken_handoff: fail
steps:
  - {name: read, kind: compute, in: {code: input.code}, compute: {decision: 'in.code ?? "none"'}, out: {decision: outcome.decision}}
  - {name: look, kind: human, team: desk, in: {code: input.code}, decides: [decision], confirms: {decision: read.decision}}
  - {name: write, kind: compute, in: {decision: look.decision}, needs: [decision], compute: {decision: in.decision}, out: {decision: outcome.decision}}
outcome: {decision: write.decision}
`
	// fourEyes asks two teams, and a third where they differ.
	fourEyes = `
on_broken_handoff: board
steps:
  - {name: left, kind: human, team: desk, in: {code: input.code}, decides: [decision]}
  - {name: right, kind: human, team: board, in: {code: input.code}, decides: [decision]}
  - name: agreed
    kind: route
    routes:
      - {when: left.decision != right.decision, escalate: chiefs, because: conflict}
      - else: end
outcome: {decision: left.decision}
`
	// asking asks a model, and writes down what it says in time.
	asking = `
on_broken_handoff: desk
steps:
  - {name: ask, kind: stand-in-model, in: {id: input.id, code: input.code}, out: {decision: outcome.decision}}
  - {name: write, kind: compute, in: {decision: ask.decision}, contract: {deadline: 10s}, compute: {decision: in.decision}, out: {decision: outcome.decision}}
outcome: {decision: write.decision}
`
)
