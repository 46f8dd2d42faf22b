"""What a value of CONFIG SET may be, and how CONFIG GET prints it then.

A rule takes the word and returns the value that is kept, or raises ``Refused`` with the text that
the server says.  Source of the rules and texts: config.c.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable
from typing import Final

from mock_backend.kernel import notifications
from mock_backend.replies import ReplyError
from mock_backend.resp.numbers import double
from mock_backend.schema import types

_BOUNDS: Final = {"int": 2**31 - 1, "long": 2**63 - 1}
_UNITS: Final = {
    "": 1,
    "b": 1,
    "k": 1000,
    "kb": 1024,
    "m": 1000**2,
    "mb": 1024**2,
    "g": 1000**3,
    "gb": 1024**3,
}
_MEMORY: Final = re.compile(r"([0-9]*)([a-z]*)\Z", re.IGNORECASE)
_INTEGER: Final = re.compile(r"(0|-?[1-9][0-9]*)\Z")
_CLIENT_CLASSES: Final = {
    "normal": "normal",
    "slave": "slave",
    "replica": "slave",
    "pubsub": "pubsub",
}


class Refused(ValueError):
    """A value that a parameter does not take; the text is what CONFIG SET says behind the dash."""


Check = Callable[[str], str]
"""The word of CONFIG SET becomes the value that CONFIG GET prints.  Errors: ``Refused``."""


def _text(value: str) -> str:
    return value


def _yes_no(value: str) -> str:
    if value.lower() not in {"yes", "no"}:
        raise Refused("argument must be 'yes' or 'no'")
    return value.lower()


def _enumeration(choices: str) -> Check:
    names = choices.split("|")

    def check(value: str) -> str:
        if value.lower() not in names:
            raise Refused(f"argument(s) must be one of the following: {', '.join(names)}")
        return value.lower()

    return check


def _between(value: int, least: int, most: int) -> str:
    if not least <= value <= most:
        raise Refused(f"argument must be between {least} and {most} inclusive")
    return str(value)


def _integer(least: int, most: int) -> Check:
    def check(value: str) -> str:
        if not _INTEGER.match(value) or not -(2**63) <= int(value) < 2**63:
            raise Refused("argument couldn't be parsed into an integer")
        return _between(int(value), least, most)

    return check


def memory(value: str) -> int | None:
    """``100mb`` in bytes (util.c, memtoull); ``None`` if it is no such thing."""
    match = _MEMORY.match(value)
    if match is None or match[2].lower() not in _UNITS:
        return None
    return min(int(match[1] or 0) * _UNITS[match[2].lower()], 2**64 - 1)


def _memory(least: int, most: int) -> Check:
    def check(value: str) -> str:
        size = memory(value)
        if size is None:
            raise Refused("argument must be a memory value")
        return _between(size, least, most)

    return check


def _percent(value: str) -> str:
    if value.endswith("%") and value[:-1].isdigit():
        if int(value[:-1]) > 100:
            raise Refused("percentage argument must be less or equal to 100")
        return value
    size = memory(value)
    if size is None:
        raise Refused("argument must be a memory or percent value")
    return str(size)


def _hertz(value: str) -> str:
    number = int(_integer(0, _BOUNDS["int"])(value))
    return str(min(max(number, 1), 500))


def _split(value: str) -> list[str]:
    """The words between single blanks; two blanks have an empty word between them."""
    return value.split(" ") if value else []


def _backlog(value: str) -> str:
    return str(max(16 * 1024, int(_memory(1, _BOUNDS["long"])(value))))


def _shutdown(value: str) -> str:
    """Several words; what is known is shown in the order of the list."""
    words = ("default", "save", "nosave", "now", "force")
    given = _split(value.lower())
    if not given or any(word not in words for word in given):
        raise Refused(f"argument(s) must be one of the following: {', '.join(words)}")
    if {"save", "nosave"} <= set(given):
        raise Refused("shutdown options SAVE and NOSAVE can't be used simultaneously")
    return " ".join(word for word in words[1:] if word in given) or "default"


def _save(value: str) -> str:
    words = _split(value)
    numbers = [int(word) for word in words if word.isdigit()]
    if len(numbers) != len(words) or len(words) % 2 or any(number < 1 for number in numbers[::2]):
        raise Refused("Invalid save parameters")
    return " ".join(map(str, numbers))


def _notify(value: str) -> str:
    classes = notifications.read_classes(value)
    if classes is None:
        raise Refused("Invalid event class character. Use 'Ag$lshzxeKEtmdn'.")
    return notifications.show_classes(classes)


def _percentiles(value: str) -> str:
    shown: list[str] = []
    for word in _split(value):
        try:
            number = types.floating(word.encode("utf-8", "surrogateescape"))
        except ReplyError:
            raise Refused("Invalid latency-tracking-info-percentiles parameters") from None
        if not 0 <= number <= 100:
            raise Refused(
                "latency-tracking-info-percentiles parameters should sit between [0.0,100.0]"
            )
        shown.append(double(number).decode())
    return " ".join(shown)


def _oom_values(value: str) -> str:
    words = _split(value)
    if len(words) != 3:
        raise Refused("wrong number of arguments")
    if not all(_INTEGER.match(word) and -2000 <= int(word) <= 2000 for word in words):
        raise Refused("Invalid oom-score-adj-values, elements must be between -2000 and 2000.")
    return value


def output_limits(current: str, value: str) -> str:
    """Only the classes that are named change; the others keep their limits."""
    words = _split(value)
    if len(words) % 4:
        raise Refused("Wrong number of arguments in buffer limit configuration.")
    stated = current.split()
    limits = {stated[at]: stated[at + 1 : at + 4] for at in range(0, len(stated), 4)}
    for at in range(0, len(words), 4):
        kind = _CLIENT_CLASSES.get(words[at].lower())
        if kind is None:
            raise Refused("Invalid client class specified in buffer limit configuration.")
        hard, soft = memory(words[at + 1]), memory(words[at + 2])
        if hard is None or soft is None or not words[at + 3].isdigit():
            raise Refused(
                "Error in hard, soft or soft_seconds setting in buffer limit configuration."
            )
        limits[kind] = [str(hard), str(soft), str(int(words[at + 3]))]
    return " ".join(" ".join([kind, *limit]) for kind, limit in limits.items())


def _defragmentation(name: str) -> Check:
    """``name`` is what the server calls itself in this: ``Redis``, or nothing."""
    whose = f"{name} " if name else ""

    def check(value: str) -> str:
        if _yes_no(value) == "yes":
            raise Refused(
                f"Active defragmentation cannot be enabled: it requires a {whose}server compiled"
                " with a modified Jemalloc like the one shipped by default with the"
                f" {whose}source distribution"
            )
        return "no"

    return check


def _host_name(value: str) -> str:
    if not re.fullmatch(r"[A-Za-z0-9.-]*", value):
        raise Refused("Hostnames may only contain alphanumeric characters, hyphens or dots")
    return value


def _node_name(value: str) -> str:
    if re.search(r"[!#$%&()*+;<>?@\[\]^{|}~]", value):
        raise Refused("Announced human node name contained invalid character")
    return value


def _address(family: str, pattern: str) -> Check:
    def check(value: str) -> str:
        if value and not re.fullmatch(pattern, value):
            raise Refused(f"Invalid {family} address")
        return value

    return check


def _locale(value: str) -> str:
    if value not in {"", "C", "POSIX", "C.UTF-8", "C.utf8"}:
        raise Refused("Invalid locale name")
    return value


def _directory(value: str) -> str:
    """Any directory that there is, shown whole."""
    try:
        os.scandir(value).close()
    except OSError as error:
        raise Refused(error.strerror or "") from None
    return os.path.realpath(value)


def _base_name(value: str) -> str:
    if "/" in value or "\\" in value:
        raise Refused("dbfilename can't be a path, just a filename")
    return value


_SPECIAL: Final[dict[str, Check]] = {
    "dir": _directory,
    "dbfilename": _base_name,
    "hz": _hertz,
    "save": _save,
    "repl-backlog-size": _backlog,
    "shutdown-on-sigint": _shutdown,
    "shutdown-on-sigterm": _shutdown,
    "notify-keyspace-events": _notify,
    "latency-tracking-info-percentiles": _percentiles,
    "oom-score-adj-values": _oom_values,
    "client-output-buffer-limit": _text,
    "cluster-announce-hostname": _host_name,
    "cluster-announce-human-nodename": _node_name,
    "cluster-announce-client-ipv4": _address("IPv4", r"[0-9]{1,3}(\.[0-9]{1,3}){3}"),
    "cluster-announce-client-ipv6": _address("IPv6", r"[0-9A-Fa-f]*:[0-9A-Fa-f:.]*"),
    "locale-collate": _locale,
    "bind": _text,
}


def check_for(name: str, kind: str) -> Check:
    """The rule for the parameter ``name`` of this ``kind`` (parameters.py)."""
    if name in _SPECIAL:
        return _SPECIAL[name]
    word, _, rest = kind.partition(":")
    if word == "enum":
        return _enumeration(rest)
    if word == "defrag":
        return _defragmentation(rest)
    if word in {"int", "memory"}:
        least, most = (int(_BOUNDS.get(bound, bound)) for bound in rest.split(":"))
        return _integer(least, most) if word == "int" else _memory(least, most)
    return {"yesno": _yes_no, "percent": _percent}.get(word, _text)
