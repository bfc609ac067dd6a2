#!/usr/bin/env bash
# Builds the oracle into target/. Maven goes to the network for what it does not hold yet, and stays offline afterwards.
set -euo pipefail
cd "$(dirname "$0")"

for tool in java mvn; do
    if ! command -v "$tool" >/dev/null; then
        echo "$tool is not installed: EU DSS and veraPDF are not asked" >&2
        [ "${LSE_REQUIRE_TOOLS:-}" != 1 ]
        exit
    fi
done

if [ ! -e target/built ] || [ -n "$(find pom.xml src -newer target/built)" ]; then
    mvn --quiet --batch-mode --offline compile >/dev/null 2>&1 || mvn --quiet --batch-mode compile
    touch target/built
fi
