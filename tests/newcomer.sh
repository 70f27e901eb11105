#!/bin/sh
# Runs the five commands of the README in an empty folder, on the bundled table, and says how long each took.
set -eu
root=$(cd "$(dirname "$0")/.." && pwd)
commands=$(sed -n '/^git clone ADDRESS/,/^```/p' "$root/README.md" | grep -v '^```')
[ "$(echo "$commands" | wc -l)" -eq 5 ]
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cp "$root/cat2vec/datasets/vehicles.csv" "$folder/TABLE.csv"
cd "$folder"
began=$(date +%s)
echo "$commands" | sed "s|ADDRESS|--quiet '$root'|" | while read -r command; do
    start=$(date +%s)
    sh -c "$command" </dev/null >output 2>&1 || { cat output; exit 1; }
    echo "$(($(date +%s) - start)) s  $command"
done
grep -q "tram" page.html
echo "$(($(date +%s) - began)) s from nothing to a page of $(wc -c <page.html) bytes"
