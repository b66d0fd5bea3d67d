# A fault for storm.yaml: what a mail gateway makes of figures. It takes a case a
# line, as docs/exec.md says, and gives its fields back.
while IFS= read -r line; do
  printf '%s\n' "$line" | sed \
    -e 's/"in":/"out":/' -e 's/,"seed":.*/}/' \
    -e 's/\([0-9]\),\([0-9][0-9][0-9]\)/\1 \2/g' -e 's/£ */GBP /g'
done
