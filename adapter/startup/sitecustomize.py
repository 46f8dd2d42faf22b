"""Runs before the first line of every program under ``python -m adapter run``.

The ``sitecustomize`` that this one hides is run first; then the adapter is imported, and with
ADAPTER_INSTALL=1 that installs it.  A process of another Python, which has no redis-py or no
GLIDE, is left as it is.
"""

import os
import sys
from importlib.machinery import PathFinder
from importlib.util import find_spec, module_from_spec

HERE = os.path.dirname(os.path.abspath(__file__))
NEEDED = ("redis", "glide", "glide_sync", "pyee", "hiredis")

hidden = PathFinder.find_spec(
    "sitecustomize", [path for path in sys.path if os.path.abspath(path) != HERE]
)
if hidden is not None and hidden.loader is not None:
    hidden.loader.exec_module(module_from_spec(hidden))

if all(find_spec(name) for name in NEEDED):
    if find_spec("adapter") is None:
        # not installed: run from a checkout
        sys.path.append(os.path.dirname(os.path.dirname(HERE)))
    import adapter  # noqa: F401  # importing it installs it
