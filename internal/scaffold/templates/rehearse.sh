#!/usr/bin/env bash
# The check of a change, for any CI that has a shell: lint, unit tests of designs,
# a replay on the dev split that calls nothing outside, and the gate. Answers of
# models come from what is recorded in recordings/, so it needs no key. It fails on
# what the gate fails. An inconclusive gate is said and lets the change through:
# more cases would decide it.
#
# It judges the design of the name that is in production, held against what was
# promoted; before one is, the design named below. Other designs are drafts: where
# none is named, the gate's verdicts are shown and stop no change.
#
# usage: ci/rehearse.sh [--design DESIGN ...]   # to judge others
# reports/ci/ holds comment.md, for a comment of the change, and gate.xml (JUnit).
set -euo pipefail
cd "$(dirname "$0")/.."
design=
out=reports/ci
rm -rf "$out"
mkdir -p "$out"
# A shell has an eval of its own, so the program is called by its path.
rehearse=${REHEARSE_EVAL:-$(type -P eval || true)}
[ -n "$rehearse" ] || { echo "the program eval is not in the path: install it, or name it in REHEARSE_EVAL" >&2; exit 1; }
"$rehearse" lint
{{- if .Tests}}
"$rehearse" test
{{- end}}
# What is in production, once something is, takes the place of the baseline.
against=
production=workflows/{{.Arg}}/production/production.yaml
if [ -f "$production" ]; then
	against=--baseline=production
	design=$(sed -n 's/^design: *"\{0,1\}\([^"]*\)"\{0,1\}$/\1/p' "$production")
fi
[ $# -gt 0 ] || [ -z "$design" ] || set -- --design "$design"
"$rehearse" run {{.Arg}} --quiet --no-report --offline --out "$out/run"
code=0
"$rehearse" gate "$out/run" $against "$@" --format pr --output "$out/comment.md" || code=$?
[ -f "$out/comment.md" ] || exit "$code"
cat "$out/comment.md"
"$rehearse" gate "$out/run" $against "$@" --format junit --output "$out/gate.xml" || true
# Annotations, and the summary of the step.
[ -z "${GITHUB_ACTIONS:-}" ] || "$rehearse" gate "$out/run" $against "$@" --format github || true
if [ $# -eq 0 ] && { [ "$code" = 4 ] || [ "$code" = 5 ]; }; then
	echo "nothing is in production, and ci/rehearse.sh names no design: shown, and not held against the change"
	code=0
elif [ "$code" = 5 ]; then
	echo "inconclusive: too few cases to say"
	code=0
fi
exit "$code"
