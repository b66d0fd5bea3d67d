#!/usr/bin/env bash
# The check of a change, for any CI that has a shell: lint, unit tests of designs,
# a replay on the dev split that calls nothing outside, and the gate. Answers of
# models come from what is recorded in recordings/, so it needs no key. It fails on
# what the gate fails. An inconclusive gate is said and lets the change through:
# more cases would decide it.
#
# usage: ci/rehearse.sh [--design DESIGN ...]   # default: all but the baseline
# reports/ci/ holds comment.md, for a comment of the change, and gate.xml (JUnit).
set -euo pipefail
cd "$(dirname "$0")/.."
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
"$rehearse" run {{.Arg}} --quiet --no-report --offline --out "$out/run"
# What is in production, once something is, takes the place of the baseline.
against=
[ ! -f workflows/{{.Arg}}/production/production.yaml ] || against=--baseline=production
code=0
"$rehearse" gate "$out/run" $against "$@" --format pr --output "$out/comment.md" || code=$?
[ -f "$out/comment.md" ] || exit "$code"
cat "$out/comment.md"
"$rehearse" gate "$out/run" $against "$@" --format junit --output "$out/gate.xml" || true
# Annotations, and the summary of the step.
[ -z "${GITHUB_ACTIONS:-}" ] || "$rehearse" gate "$out/run" $against "$@" --format github || true
if [ "$code" = 5 ]; then
	echo "inconclusive: too few cases to say"
	# What is in production, once something is, takes the place of the baseline.
against=
[ ! -f workflows/{{.Arg}}/production/production.yaml ] || against=--baseline=production
code=0
fi
exit "$code"
