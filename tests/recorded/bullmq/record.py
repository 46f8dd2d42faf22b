"""Records what BullMQ says to a server: ``python -m tests.recorded.bullmq.record``.

python -m tests.recorded.bullmq.record node FOLDER   (a folder in which `npm install bullmq@6` ran)
python -m tests.recorded.bullmq.record python

A real Redis is asked what it is told (MONITOR) while the scenario runs; one call a line goes to the
standard output: the name of the script, its keys, its arguments, or the words of another command.
The scripts themselves are not kept, and what changes nothing is left out.
"""

from __future__ import annotations

import asyncio
import codecs
import hashlib
import json
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import redis

from tests.integration.queues.scripts_of_bullmq import Script, node_scripts, python_scripts
from tests.recorded.bullmq.scenario import scenario
from tests.targets import running

HERE = Path(__file__).parent
WORD = re.compile(rb'"((?:[^"\\]|\\.)*)"')
PASSED_OVER = frozenset(
    "client info hello select ping quit command script exists hget hmget hgetall lpos zcard zscore"
    " zrange zrevrange lrange llen smembers scan xread get type monitor multi exec hexists hlen"
    " config hscan sscan zcount".split()
)


def main() -> int:
    """Runs the scenario that is named, and tells what was said."""
    kind, *folder = sys.argv[1:]
    with running("redis") as server:
        node = kind == "node"
        scripts = node_scripts(Path(folder[0], "node_modules/bullmq")) if node else python_scripts()
        with redis.Redis(server.host, server.port) as client:
            for script in scripts.values():  # or each would be said twice, at first
                client.script_load(script.code)
        listener = socket.create_connection((server.host, server.port))
        listener.sendall(b"MONITOR\r\n")
        if node:
            words = ["node", str(HERE / "scenario.js"), folder[0], str(server.port)]
            subprocess.run(words, check=True)
        else:
            asyncio.run(scenario(server.url))
        with socket.create_connection((server.host, server.port)) as last:
            last.sendall(b"ECHO the-end\r\n")
            last.recv(100)
        for call in calls(heard(listener), scripts):
            sys.stdout.write(json.dumps(call, separators=(",", ":")) + "\n")
    return 0


def heard(listener: socket.socket) -> Iterator[list[bytes]]:
    """What clients said, in its order, until the end is announced."""
    with listener.makefile("rb") as lines:
        for line in lines:
            if b'"the-end"' in line:
                return
            head, _, words = line.partition(b"] ")
            if words and b" lua" not in head:
                yield [codecs.escape_decode(word)[0] for word in WORD.findall(words)]


def calls(said: Iterator[list[bytes]], scripts: dict[str, Script]) -> Iterator[list[object]]:
    """``[name, keys, arguments]`` of scripts, ``[None, words]`` of other commands."""
    names = {hashlib.sha1(script.code).hexdigest(): name for name, script in scripts.items()}
    for words in said:
        command = words[0].lower().decode()
        text = [word.decode("latin-1") for word in words]
        if command in ("evalsha", "eval"):
            sha = text[1] if command == "evalsha" else hashlib.sha1(words[1]).hexdigest()
            keys = int(text[2])
            yield [names[sha], text[3 : 3 + keys], text[3 + keys :]]
        elif command == "bzpopmin":
            yield [None, ["zpopmin", text[1]]]
        elif command not in PASSED_OVER:
            yield [None, text]


if __name__ == "__main__":
    sys.exit(main())
