"""What is said of the words of HEXPIRE, HTTL, HGETEX and their like.

Redis and Valkey wrote these commands apart from each other: most texts belong to one line.  Source:
t_hash.c of either.
"""

from __future__ import annotations

from typing import Final

from mock_backend.errors import echo, err
from mock_backend.replies import ReplyError


def negative_time() -> ReplyError:
    """A time below zero (Redis: parseExpireTime)."""
    return err("invalid expire time, must be >= 0")


def no_fields_word() -> ReplyError:
    """Where FIELDS must stand is something else (Redis)."""
    return err("Mandatory argument FIELDS is missing or not at the right position")


def count_not_matching() -> ReplyError:
    """More fields or fewer than the number before them says (Redis)."""
    return err("The `numfields` parameter must match the number of arguments")


NO_COUNT: Final = "Number of fields must be a positive integer"
"""The number of fields is none (Redis: HTTL, HPERSIST, HGETEX, HGETDEL)."""

NO_COUNT_TO_EXPIRE: Final = "Parameter `numFields` should be greater than 0"
"""The number of fields is none (Redis: HEXPIRE and its like)."""

NO_COUNT_TO_SET: Final = "invalid number of fields"
"""The number of fields is none (Redis: HSETEX)."""


def no_time() -> ReplyError:
    """HSETEX that ends with EX (Redis: hsetexParseArgs)."""
    return err("missing expire time")


def two_conditions() -> ReplyError:
    """HSETEX with FNX and FXX (Redis: hsetexParseArgs)."""
    return err("Only one of FXX or FNX arguments can be specified")


def two_times() -> ReplyError:
    """HSETEX with more than one of EX, PX and so on (Redis: hsetexParseArgs)."""
    return err("Only one of EX, PX, EXAT, PXAT or KEEPTTL arguments can be specified")


def unknown_argument(word: bytes) -> ReplyError:
    """HSETEX with a word that means nothing (Redis: hsetexParseArgs)."""
    return err(f"unknown argument: {echo(word)}")


def wrong_count() -> ReplyError:
    """No number of fields, or not theirs (Valkey)."""
    return err("numfields should be greater than 0 and match the provided number of fields")
