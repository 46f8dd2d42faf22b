#!/usr/bin/env bash
# Fetches the packages of BullMQ for Node, whose Lua scripts the tests run: into .servers/, with npm.
#
# Nothing is installed and no script of a package is run; a package that is there is left alone.  The
# versions are those of tests/integration/queues/scripts_of_bullmq.py.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
versions=$(sed -n 's/^NODE: Final = //p' "$root/tests/integration/queues/scripts_of_bullmq.py" | grep -o '"[0-9][0-9.]*"' | tr -d '"')

for version in $versions; do
    folder=$root/.servers/bullmq-$version
    [ -d "$folder/package" ] && continue
    command -v npm >/dev/null || {
        printf 'bullmq: this needs npm, to fetch the scripts of BullMQ %s\n' "$version" >&2
        exit 1
    }
    work=$(mktemp -d "${TMPDIR:-/tmp}/bullmq.XXXXXX")
    trap 'rm -rf "$work"' EXIT
    (cd "$work" && npm pack --silent --ignore-scripts "bullmq@$version" >/dev/null)
    tar -xzf "$work"/bullmq-*.tgz -C "$work" package/package.json package/dist/cjs/scripts
    mkdir -p "$folder"
    mv "$work/package" "$folder/"
    rm -rf "$work"
    printf 'bullmq: %s: .servers/bullmq-%s\n' "$version" "$version"
done
