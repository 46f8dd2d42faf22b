#!/usr/bin/env bash
# The adapter's unit tests and the parity tests with redis-py 5.3 underneath, which some libraries (arq)
# have stayed with.
#
# In a virtual environment of its own, .venv-redis5, made when it is missing or the project's
# dependencies have changed; on the mock alone, since the servers are the same for both.  Called with
# `install` it only makes that environment.
set -euo pipefail

root=$(cd "$(dirname "$0")/.." && pwd)
venv=$root/.venv-redis5
stamp=$venv/.installed
cd "$root"

# one at a time: .ci/run has it made in the background
if command -v flock >/dev/null; then
    exec 9<"$root/.ci/redis5.sh"
    flock 9
fi

if [ ! -e "$stamp" ] || [ pyproject.toml -nt "$stamp" ]; then
    printf 'installing redis-py 5.3 into .venv-redis5 ...\n'
    "${PYTHON:-python3}" -m venv "$venv"
    "$venv/bin/python" -m pip install -qq --disable-pip-version-check --editable . 'redis==5.3.*' \
        'hypothesis>=6.100' 'pytest>=8.4' 'pytest-asyncio>=1.1' 'pytest-timeout>=2.3' 'pytest-xdist>=3.6'
    touch "$stamp"
fi

if [ "${1:-}" = install ]; then exit; fi
exec 9<&-

# The units that redis-py's version can make a difference to, and parity.  redis-py 5.3 itself leaves
# coroutines of its asynchronous modules unawaited, which is an error here.
exec "$venv/bin/python" -m pytest -n "${WORKERS:-2}" --dist worksteal -q --target mock -p no:cacheprovider \
    tests/unit/adapter/test_{encoding,errors,flow,modules,options,pipeline,pool,public_names,pubsub,scripts}.py \
    tests/integration/test_parity.py \
    -k 'not test_parity or ((bytes or text) and not latin and not lenient and not (asynchronous and modules))' "$@"
