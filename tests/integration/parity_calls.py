"""What a parity test runs: calls of a redis-py client as values, and how a result is told as text.

``do.set("k", "v", ex=9)`` is a call that has not been made; a tuple of them is an exchange, made in
order on one client.  Whoever has two clients makes the same exchange on both and compares the
accounts: the account of a value shows its types (``b'1'``, ``'1'``, ``1``, ``1.0``, ``True``, list,
tuple), that of an error its class and its words.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Call:
    """One method of the client, with what it is given."""

    method: str
    args: tuple[Any, ...] = ()
    kwargs: tuple[tuple[str, Any], ...] = ()

    def __str__(self) -> str:
        given = [*map(repr, self.args), *(f"{name}={value!r}" for name, value in self.kwargs)]
        return f"{self.method}({', '.join(given)})"

    def on(self, client: Any) -> Any:
        """The result; of an asynchronous client something to await."""
        return getattr(client, self.method)(*self.args, **dict(self.kwargs))

    def run(self, client: Any) -> Any:
        """Made on a synchronous client."""
        return self.on(client)

    async def arun(self, client: Any) -> Any:
        """Made on an asynchronous client."""
        result = self.on(client)
        return await result if inspect.isawaitable(result) else result


class Chain(Call):
    """Calls, each on what the one before returned: ``bitfield("k").set(...).execute()``."""

    def __str__(self) -> str:
        return ".".join(map(str, self.args))

    def on(self, client: Any) -> Any:
        for call in self.args:
            client = call.on(client)
        return client


class Every(Call):
    """All that an iterator such as ``scan_iter`` yields, in its order."""

    def __str__(self) -> str:
        return f"every {super().__str__()}"

    def run(self, client: Any) -> Any:
        return list(self.on(client))

    async def arun(self, client: Any) -> Any:
        return [item async for item in self.on(client)]


class Scripted(Call):
    """A registered script: ``method`` is its source, ``args`` and ``kwargs`` are its call's."""

    def __str__(self) -> str:
        return f"register_script({self.method!r}){super().__str__()[len(str(self.method)) :]}"

    def on(self, client: Any) -> Any:
        return client.register_script(self.method)(*self.args, **dict(self.kwargs))


class Piped(Call):
    """A pipeline of the calls in ``args``; ``method`` is ``transaction`` or ``pipeline``.

    A call of ``watch`` or ``multi`` is made at once, one between them too: redis-py's own rule.
    """

    def __str__(self) -> str:
        options = "".join(f", {name}={value}" for name, value in self.kwargs)
        return f"{self.method}({'; '.join(map(str, self.args))}{options})"

    def run(self, client: Any) -> Any:
        with client.pipeline(transaction=self.method == "transaction") as pipe:
            seen = [call.on(pipe) for call in self.args]
            told = told_of_queueing(seen, pipe)
            return told, self._loosened(told, pipe.execute(**dict(self.kwargs)))

    async def arun(self, client: Any) -> Any:
        async with client.pipeline(transaction=self.method == "transaction") as pipe:
            seen = [await made(call.on(pipe), pipe) for call in self.args]
            told = told_of_queueing(seen, pipe)
            return told, self._loosened(told, await pipe.execute(**dict(self.kwargs)))

    def _loosened(self, told: list[Any], results: list[Any]) -> list[Any]:
        """What of each queued call's result is to be compared."""
        queued = [call for call, said in zip(self.args, told) if said == "QUEUED"]
        if len(queued) != len(results):
            return results
        return [loosened(call, result, LOOSE) for call, result in zip(queued, results)]


class Held(Call):
    """An object that the first call makes, and what the others then give on it, one by one.

    A call ``by_client`` goes to the client instead.  An error is a result too.
    """

    def __str__(self) -> str:
        maker, *calls = self.args
        return f"{maker}: {'; '.join(map(str, calls))}"

    def run(self, client: Any) -> Any:
        maker, *calls = self.args
        thing = maker.on(client)
        seen = []
        for call in calls:
            try:
                result = call.run(client if isinstance(call, ByClient) else thing)
                seen.append(loosened(call, result, LOOSE))
            except Exception as error:
                seen.append(error)
        if close := getattr(thing, "close", None):
            close()
        return told_of_queueing(seen, thing)

    async def arun(self, client: Any) -> Any:
        maker, *calls = self.args
        thing = maker.on(client)
        seen = []
        for call in calls:
            on = client if isinstance(call, ByClient) else thing
            try:
                seen.append(loosened(call, await made(call.on(on), thing), LOOSE))
            except Exception as error:
                seen.append(error)
        if close := getattr(thing, "aclose", None):
            await close()
        return told_of_queueing(seen, thing)


class ByClient(Call):
    """In a ``Held``: a call on the client itself."""

    def __str__(self) -> str:
        return f"by client {super().__str__()}"


class Attribute(Call):
    """In a ``Held``: what the object says of itself."""

    def __str__(self) -> str:
        return self.method

    def on(self, client: Any) -> Any:
        return getattr(client, self.method)


async def made(result: Any, pipe: Any) -> Any:
    """What a call on an asynchronous pipeline gave; the pipeline is awaitable, too, and stays."""
    return result if result is pipe or not inspect.isawaitable(result) else await result


def told_of_queueing(seen: list[Any], pipe: Any) -> list[Any]:
    """The pipeline stands for itself in a chain: here it is called ``QUEUED``."""
    return ["QUEUED" if result is pipe else result for result in seen]


Tolerances = dict[str, Callable[[Any], Any]]
"""By method, what of its result is compared."""

Exchange = Call | tuple[Call, ...]
"""One call, or several in order; what is measured is the last, the others prepare it."""


class Do:
    """Writes calls down: ``do.get("k")``; the methods below are the forms that are not one call."""

    def __getattr__(self, method: str) -> Callable[..., Call]:
        return lambda *args, **kwargs: Call(method, args, tuple(kwargs.items()))


do = Do()


def every(call: Call) -> Call:
    """All that the iterator of ``call`` yields."""
    return Every(call.method, call.args, call.kwargs)


def chain(*calls: Call) -> Call:
    """Each call on the result of the one before."""
    return Chain("chain", calls)


def held(maker: Call, *calls: Call) -> Call:
    """All ``calls`` on the one object that ``maker`` makes: a lock, a pipeline, a pub/sub."""
    return Held("held", (maker, *calls))


def by_client(call: Call) -> Call:
    """Between the calls on an object: one on its client."""
    return ByClient(call.method, call.args, call.kwargs)


def attribute(name: str) -> Call:
    """Between the calls on an object: an attribute of it."""
    return Attribute(name)


def script(source: str, *args: Any, **kwargs: Any) -> Call:
    """``register_script(source)``, called with ``keys=`` and ``args=``."""
    return Scripted(source, args, tuple(kwargs.items()))


def transaction(*calls: Call, **kwargs: Any) -> Call:
    """A MULTI/EXEC pipeline; ``raise_on_error`` goes to ``execute``."""
    return Piped("transaction", calls, tuple(kwargs.items()))


def pipeline(*calls: Call, **kwargs: Any) -> Call:
    """A pipeline without MULTI/EXEC; ``raise_on_error`` goes to ``execute``."""
    return Piped("pipeline", calls, tuple(kwargs.items()))


def steps(exchange: Exchange) -> tuple[Call, ...]:
    """The calls of an exchange."""
    return exchange if isinstance(exchange, tuple) else (exchange,)


def title(exchange: Exchange) -> str:
    """The exchange as a reader would type it."""
    return "; ".join(map(str, steps(exchange)))


def perform(exchange: Exchange, client: Any, loose: Tolerances | None = None) -> list[str]:
    """Makes the calls on a synchronous client; each result as text, an error is a result too."""
    accounts = []
    for call in steps(exchange):
        try:
            result = call.run(client)
        except Exception as error:
            result = error
        accounts.append(account(call, result, loose or LOOSE))
    return accounts


async def aperform(exchange: Exchange, client: Any) -> list[str]:
    """As ``perform``, on an asynchronous client."""
    accounts = []
    for call in steps(exchange):
        try:
            result = await call.arun(client)
        except Exception as error:
            result = error
        accounts.append(account(call, result, LOOSE))
    return accounts


def account(call: Call, result: Any, loose: Tolerances) -> str:
    """A result as text; what no two calls can have in common is left out, as ``loose`` says."""
    return told(loosened(call, result, loose))


def loosened(call: Call, result: Any, loose: Tolerances) -> Any:
    """What of a result is to be compared."""
    if isinstance(result, Exception) or call.method not in loose:
        return result
    return loose[call.method](result)


def told(value: Any) -> str:
    """A value with its types, at any depth; sets in the order of their members' text."""
    kind = type(value)
    if isinstance(value, BaseException):
        return f"{kind.__module__}.{kind.__qualname__}: {value}"
    if kind in (list, tuple):
        inside = ", ".join(map(told, value))
        return f"[{inside}]" if kind is list else f"({inside},)"
    if kind is dict:
        return f"{{{', '.join(f'{told(key)}: {told(item)}' for key, item in value.items())}}}"
    if kind in (set, frozenset):
        return f"{kind.__name__}({', '.join(sorted(map(told, value)))})"
    if kind in (bytes, str, int, float, bool, type(None)):
        return repr(value)
    if kind.__repr__ is object.__repr__:
        return kind.__qualname__  # the rest of it would be its address
    return f"{kind.__qualname__} {value!r}"


def shape(value: Any) -> Any:
    """Only the types of what is inside; the keys of a dict stay."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return type(value)(shape(item) for item in value)
    return type(value).__name__


def tens_of_seconds(milliseconds: Any) -> Any:
    """What is left of a life-time: two calls are never made in the same millisecond."""
    if type(milliseconds) is int and milliseconds > 0:
        return -(-milliseconds // 10_000)
    return milliseconds


def in_order(items: Any) -> Any:
    """The server hands them out in an order of its own."""
    return sorted(items, key=told) if isinstance(items, list) else items


def one_shape(items: Any) -> Any:
    """A list of one kind of thing, however many there are now."""
    return shape(items[:1])


def role_but_for_its_offset(role: Any) -> Any:
    """Once a server has had a replica, every write moves its offset."""
    if isinstance(role, list) and len(role) == 3:
        return [role[0], shape(role[1]), role[2]]
    return role


LOOSE: Tolerances = {
    "pttl": tens_of_seconds,
    "spop": in_order,  # random
    "srandmember": in_order,  # random
    "hrandfield": in_order,  # random
    "zrandmember": in_order,  # random
    "time": shape,
    "lastsave": shape,
    "acl_genpass": lambda password: (type(password).__name__, len(password)),
    "client_id": shape,
    "client_list": lambda clients: shape(clients[-1:]),
    "client_info": shape,
    "info": shape,
    "memory_stats": lambda facts: sorted(facts),
    "memory_malloc_stats": shape,
    "memory_doctor": shape,
    "latency_doctor": shape,
    "slowlog_get": one_shape,
    "role": role_but_for_its_offset,
    "lolwut": shape,
    "debug_object": shape,
    "acl_log": one_shape,
    "initialize": shape,
    "hello": lambda facts: sorted(map(str, facts)),
}
"""Methods whose results differ from one call to the next, and what of them has to agree."""
