#!/bin/sh
# Copies what the site shows into build/pages, each file where it stands in the repository.
set -eu
rm -rf build/pages build/site
mkdir -p build/pages
for file in README.md CHANGELOG.md CONTRIBUTING.md SECURITY.md LICENSE docs benchmarks examples; do
    cp -r "$file" build/pages/
done
find build/pages \( -name __pycache__ -o -name '*.jsonl' \) -prune -exec rm -r {} +
