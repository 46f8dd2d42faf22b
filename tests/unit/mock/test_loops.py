"""Whose event loop a server runs in."""

from __future__ import annotations

import asyncio
import sys
from importlib.util import find_spec

import pytest

from mock_backend import MockServer
from mock_backend.loops import VARIABLE, new_event_loop

INSTALLED = find_spec("uvloop") is not None


def kind() -> str:
    return _kind(new_event_loop())


def kind_of_asyncio() -> str:
    """What it is when asyncio is asked, which its policy says (``--loop``)."""
    return _kind(asyncio.new_event_loop())


def _kind(loop: asyncio.AbstractEventLoop) -> str:
    loop.close()
    return type(loop).__module__.partition(".")[0]


def test_uvloop_is_used_where_it_is_installed(monkeypatch):
    monkeypatch.delenv(VARIABLE)

    assert kind() == ("uvloop" if INSTALLED else kind_of_asyncio())


def test_without_uvloop_a_server_runs_in_asyncios_loop(monkeypatch):
    monkeypatch.delenv(VARIABLE)
    monkeypatch.setitem(sys.modules, "uvloop", None)

    assert kind() == kind_of_asyncio()


def test_the_environment_may_say_asyncio(monkeypatch):
    monkeypatch.setenv(VARIABLE, "asyncio")

    assert kind() == kind_of_asyncio()


def test_who_wants_uvloop_and_has_none_is_told_what_to_install(monkeypatch):
    monkeypatch.setenv(VARIABLE, "uvloop")
    monkeypatch.setitem(sys.modules, "uvloop", None)

    with pytest.raises(ImportError, match=r"pip install 'glide-adapter\[fast\]'"):
        new_event_loop()


def test_another_loop_is_refused_when_the_server_starts(monkeypatch):
    monkeypatch.setenv(VARIABLE, "trio")

    with pytest.raises(ValueError, match="MOCK_BACKEND_LOOP=trio: it can be asyncio or uvloop"):
        MockServer().start()
