#!/usr/bin/env bash
# The whole loop on the shipped invoice workflow, in a copy under reports/demo,
# so that it can be repeated and leaves the checkout as it was.
set -euo pipefail
root=$(cd "$(dirname "$0")/.." && pwd)
bin=${REHEARSE_BIN:-$root/bin}
eval="$bin/eval"
simulate="$bin/simulate"
demo=${REHEARSE_DEMO:-$root/reports/demo}

rm -rf "$demo"
mkdir -p "$demo/workflows" "$demo/datasets"
cp -R "$root/workflows/invoice" "$demo/workflows/"
cp -R "$root/datasets/invoice" "$root/datasets/invoice-fresh" "$demo/datasets/"
rm -rf "$demo/workflows/invoice/production" "$demo/datasets/invoice/looks.jsonl"
# What designs learn is kept, so that showing the demonstration again is quick.
mkdir -p "$root/.rehearse/fits" "$demo/.rehearse"
ln -s "$root/.rehearse/fits" "$demo/.rehearse/fits"
cd "$demo"
# The walk is the same wherever it is made: a model is asked at its end alone.
url=${REHEARSE_LLM_BASE_URL:-} model=${REHEARSE_LLM_MODEL:-}
export REHEARSE_LLM_BASE_URL= REHEARSE_LLM_MODEL=

say() { printf '\n\033[1m%s\033[0m\n' "$*"; }
[ -t 1 ] && [ -z "${NO_COLOR:-}" ] || say() { printf '\n%s\n' "$*"; }
# step CODE COMMAND...: show a command, run it, and see that it ends as told.
step() {
	local want=$1 code=0
	shift
	printf '\n$ %s %s\n' "$(basename "$1")" "${*:2}"
	"$@" || code=$?
	if [ "$code" != "$want" ]; then
		echo "the demonstration expected exit code $want and got $code" >&2
		exit 1
	fi
}

say "1. Rehearse: a year of invoices (synthetic), replayed through four ways of handling them."
echo "People do it all today (as-is). Rules, a trained model with a cutoff, and rules"
echo "first with a model for the rest are the candidates."
step 0 "$eval" run invoice --out reports/runs/dev

say "2. Gate: may one of them run unsupervised? 831 cases of the dev split are too few to say (exit code 5)."
step 5 "$eval" gate dev --design model-cutoff

say "3. Where does it break? Replay it again with each step corrected."
step 0 "$eval" attribute dev --design model-cutoff --quiet

say "4. A stricter cutoff, from the record: no step works again. It passes, and gives people half as much again."
step 0 "$eval" run invoice --quiet --no-report --design as-is --design model-cutoff --recall dev --set cutoff=0.95 --out reports/runs/stricter
step 0 "$eval" gate stricter

say "5. The held-out split, once: the evidence that counts. Every look at it is written down."
step 0 "$eval" run invoice --split test --quiet --no-report --design as-is --design model-cutoff --out reports/runs/test
step 0 "$eval" gate test

say "6. Promote it, with its evidence, and verify what a deployment would load."
step 0 "$eval" promote model-cutoff --run test --approve "$(id -un 2>/dev/null || echo somebody)" --reason "passed its gate on the held-out split"
step 0 "$eval" verify workflows/invoice/production/production.yaml

say "7. Months later: does a fresh sample still look like what was validated? It does not (exit code 4)."
step 4 "$eval" drift workflows/invoice/production/production.yaml --fresh invoice-fresh --quiet --out reports/drift/fresh

say "8. The year-end peak: how long do cases wait for the clerks, and how many clerks does it take?"
step 0 "$simulate" run workflows/invoice/scenarios/peak.yaml --run dev --design as-is --design model-cutoff
step 0 "$simulate" staff workflows/invoice/scenarios/peak.yaml --run dev --design as-is --design model-cutoff

say "9. A language model: the design llm reads the document and decides, with the books before it."
if [ -n "$url" ] && [ -n "$model" ]; then
	export REHEARSE_LLM_BASE_URL=$url REHEARSE_LLM_MODEL=$model
	step 0 "$eval" run invoice --quiet --design as-is --design llm --limit 20 --parallel 8 --out reports/runs/llm
else
	echo "Skipped: the environment names no model. With any OpenAI-compatible endpoint:"
	echo "  export REHEARSE_LLM_BASE_URL=http://localhost:8000/v1 REHEARSE_LLM_MODEL=the-model"
	echo "  export REHEARSE_LLM_KEY=...        # where the endpoint wants one"
	echo "  cd reports/demo && ../../bin/eval run invoice --design as-is --design llm --limit 20"
	echo "That is 40 questions at most. Claims and onboarding have such a design too; docs/llm.md has more."
	echo "With --design llm-tools the model looks into the books itself."
fi

say "Everything is in reports/demo. Three commands to try next, from that folder:"
echo "  cd reports/demo"
echo "  ../../bin/eval report dev"
echo "  ../../bin/eval trace dev DOC-2519444 --design model-cutoff"
echo "  ../../bin/eval run invoice --where channel=paper --set cutoff=0.9"
