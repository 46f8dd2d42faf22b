"""The keys of commands that have them in places of their own, as the server finds them; pure.

redis-py asks the server for these (COMMAND GETKEYS), one more journey for every XREADGROUP.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

Words = Sequence[Any]
Finder = Callable[[Words], list[Any] | None]


def moveable_keys(words: Words) -> list[Any] | None:
    """The keys of a command; None, if only the server knows, or would refuse it."""
    name = _text(words[0])
    finder = FINDERS.get(name) if name is not None else None
    return None if finder is None else finder(words)


def _text(word: Any) -> str | None:
    """A word in capitals; None, if it is no text."""
    if isinstance(word, bytes):
        word = word.decode("latin-1")
    return word.upper() if isinstance(word, str) else None


def _counted(place: int, *, target: bool = False, none: bool = False) -> Finder:
    """Their number stands at ``place``, and they behind it; ``target``: another one stands first;
    ``none``: there may be none.
    """

    def find(words: Words) -> list[Any] | None:
        if len(words) <= place:
            return None
        number = _number(words[place])
        keys = words[place + 1 : place + 1 + max(number, 0)]
        if number < (0 if none else 1) or len(keys) < number:
            return None
        return [words[1], *keys] if target else list(keys)

    return find


def _number(word: Any) -> int:
    """A whole number; -1 for anything else."""
    try:
        return int(word)
    except (TypeError, ValueError):
        return -1


def _options(takes: dict[str, int], first: int) -> Callable[[Words], list[tuple[str, int]] | None]:
    """Reads options from place ``first`` on, of which each ``takes`` so many words; ``None`` if
    there is something else among them.
    """

    def read(words: Words) -> list[tuple[str, int]] | None:
        found: list[tuple[str, int]] = []
        place = first
        while place < len(words):
            option = _text(words[place])
            if option is None or option not in takes:
                return None
            found.append((option, place))
            if option == "STREAMS":
                break
            place += 1 + takes[option]
        return found

    return read


def _streams(**takes: int) -> Finder:
    """XREAD's, which stand behind STREAMS, before as many ids."""
    read = _options({"STREAMS": 0, **takes}, 1)

    def find(words: Words) -> list[Any] | None:
        found = read(words)
        if not found or found[-1][0] != "STREAMS":
            return None
        behind = words[found[-1][1] + 1 :]
        half, odd = divmod(len(behind), 2)
        return None if odd or not half else list(behind[:half])

    return find


def _sorted(words: Words) -> list[Any] | None:
    """SORT's key, and where it is to store."""
    read = _options({"LIMIT": 2, "GET": 1, "BY": 1, "STORE": 1, "ASC": 0, "DESC": 0, "ALPHA": 0}, 2)
    found = read(words)
    if len(words) < 2 or found is None:
        return None
    stored = [words[place + 1 : place + 2] for option, place in found if option == "STORE"]
    return [words[1], *(stored[-1] if stored else ())]


FINDERS: dict[str, Finder] = {
    "SORT": _sorted,
    "XREAD": _streams(COUNT=1, BLOCK=1),
    "XREADGROUP": _streams(GROUP=2, COUNT=1, BLOCK=1, NOACK=0),
    **dict.fromkeys(
        ("LMPOP", "SINTERCARD", "ZDIFF", "ZINTER", "ZINTERCARD", "ZMPOP", "ZUNION"), _counted(1)
    ),
    **dict.fromkeys(("BLMPOP", "BZMPOP"), _counted(2)),
    **dict.fromkeys(("ZDIFFSTORE", "ZINTERSTORE", "ZUNIONSTORE"), _counted(2, target=True)),
    **dict.fromkeys(
        ("EVAL", "EVALSHA", "EVAL_RO", "EVALSHA_RO", "FCALL", "FCALL_RO"), _counted(2, none=True)
    ),
}


def at_hand(commands: Mapping[Any, Any], words: Words) -> list[Any] | None:
    """As ``moveable_keys``, of a command that has as many words as the server says it must."""
    known = commands.get(str(words[0]).lower())
    if not isinstance(known, dict) or len(words) < abs(known["arity"]):
        return None
    return moveable_keys(words)


class KeysAtHand:
    """Mixed into redis-py's parser of commands."""

    commands: dict[Any, Any]

    def _get_moveable_keys(self, redis_conn: Any, *args: Any) -> Any:
        keys = at_hand(self.commands, args)
        # redis-py's parser comes behind this half
        return super()._get_moveable_keys(redis_conn, *args) if keys is None else keys  # type: ignore[misc]


class AsyncKeysAtHand:
    """As ``KeysAtHand``, for the asynchronous parser."""

    commands: dict[Any, Any]

    async def _get_moveable_keys(self, *args: Any) -> Any:
        keys = at_hand(self.commands, args)
        # as above
        return await super()._get_moveable_keys(*args) if keys is None else keys  # type: ignore[misc]
