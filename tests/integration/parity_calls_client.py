"""Calls of the client about itself, and of what a caller hangs into it."""

from __future__ import annotations

from typing import Any

from tests.integration.parity_calls import Exchange, attribute, chain, do, every, held, script, told

K = do.set("k", "v")
NOWHERE = do.from_url("redis://127.0.0.1:1")


def of_module(client: Any, *given: Any) -> str:
    """What ``load_external_module`` makes a method of the client."""
    return told(given)


def upper(reply: Any, **options: Any) -> Any:
    """A response callback of the caller's."""
    return (told(reply).upper(), sorted(options))


def failing(reply: Any, **options: Any) -> Any:
    """One that does not like what it sees."""
    raise LookupError(told(reply))


CLIENT: list[Exchange] = [
    (K, held(do.client(), do.get("k"), do.client_setname("mine"), do.client_getname())),
    held(do.client(), do.incr("k"), do.execute_command("NOSUCH")),
    (K, do.get("k"), do.close(), do.get("k")),
    (K, do.get("k"), do.aclose(), do.get("k")),
    do.initialize(),
    do.close("now"),
    do.initialize("now"),
    do.get_encoder("x"),
    chain(do.get_encoder(), do.encode("ä")),
    chain(do.get_encoder(), do.encode(b"\xff")),
    chain(do.get_encoder(), do.encode(1.5)),
    chain(do.get_encoder(), do.encode(True)),
    chain(do.get_encoder(), do.decode(b"\xc3\xa4")),
    chain(do.get_encoder(), do.decode(b"\xc3\xa4", force=True)),
    chain(do.get_encoder(), do.decode(memoryview(b"x"), force=True)),
    chain(do.get_connection_kwargs(), do.get("db")),
    chain(do.get_connection_kwargs(), do.get("host")),
    do.get_connection_kwargs("x"),
    do.get_cache(),
    do.get_cache("x"),
    chain(do.get_retry(), do.get_retries()),
    do.get_retry("x"),
    held(NOWHERE, do.set_retry(None), do.get_retry()),
    do.set_retry(),
    (K, held(do.client(), do.set_response_callback("GET", upper), do.get("k"), do.mget("k"))),
    (K, held(do.client(), do.set_response_callback("GET", failing), do.get("k"), do.get("none"))),
    held(do.client(), do.set_response_callback("OBJECT", upper), do.object("encoding", "k")),
    held(do.client(), do.set_response_callback("ZRANGE", upper),
         do.zrange("z", 0, -1, withscores=True)),
    held(do.client(), do.set_response_callback("NOSUCH", upper), do.execute_command("NOSUCH")),
    held(do.client(), do.set_response_callback("PING", upper), do.ping()),
    held(do.client(), do.set_response_callback("PING", upper), do.execute_command("ping")),
    do.set_response_callback("GET"),
    (do.load_external_module("of_module", of_module)),
    do.load_external_module("of_module"),
    held(do.keyspace_notifications(), do.nosuch()),
    do.keyspace_notifications(nosuch=1),
    held(do.monitor(), do.nosuch()),
    do.monitor("x"),
    do.pubsub("x"),
    do.pipeline(nosuch=1),
    do.lock("l", timeout="x", nosuch=1),
    script(None),
    script("return ARGV[1]", args=[None]),
    chain(do.from_url("redis://127.0.0.1:1/not-a-number"), do.get_connection_kwargs(),
          do.get("db")),
    do.from_url("nosuch://127.0.0.1"),
    do.from_url(),
    chain(do.from_url("redis://127.0.0.1:1/3?decode_responses=yes"), do.get_connection_kwargs(),
          do.get("db")),
    do.from_pool(),
    do.hmset("h", {"f": 1}),
    do.hmset("h", {}),
    do.client_tracking(),
    do.client_tracking(on=False),
    do.client_tracking(prefix=["a"], bcast=False),
    do.client_reply("ON"),
    do.client_reply("NOPE"),
    do.bgsave("x", "y", "z"),
    do.module_loadex("/nosuch"),
    do.module_loadex("/nosuch", options=["a", "b"], args=["c"]),
    do.function_restore(b"nonsense"),
    do.function_restore(b"nonsense", "NOPE"),
    every(do.scan_iter("a*", count="x")),
    every(do.hscan_iter("h", count="x")),
    every(do.sscan_iter("s", count="x")),
    every(do.zscan_iter("z", count="x")),
]  # fmt: skip

PIPELINE: list[Exchange] = [
    held(do.pipeline(), do.set("k", 1), do.discard(), do.execute()),
    held(do.pipeline(), do.discard(), do.set("k", 1), do.execute()),
    held(do.pipeline(), do.watch("k"), do.multi(), do.discard(), do.execute()),
    held(do.pipeline(transaction=False), do.discard(), do.get("k"), do.execute()),
    held(do.pipeline(), do.multi(), do.multi()),
    held(do.pipeline(), do.set("k", 1), do.multi(), do.get("k"), do.execute()),
    held(do.pipeline(), do.load_scripts(), do.set("k", 1), do.execute()),
    held(do.pipeline(), do.load_scripts("x")),
    held(do.pipeline(), do.immediate_execute_command("SET", "k", 1),
         do.immediate_execute_command("GET", "k"), attribute("command_stack")),
    held(do.pipeline(), do.immediate_execute_command("NOSUCH"),
         do.immediate_execute_command("GET", "k")),
    held(do.pipeline(), do.pipeline_execute_command("GET", "k"), do.__len__(), do.execute()),
    held(do.pipeline(), do.pipeline_execute_command("NOSUCH", "k"), do.execute()),
    held(do.pipeline(), do.raise_first_error([], [1, 2])),
    held(do.pipeline(), do.raise_first_error([], None)),
    held(do.pipeline(), do.raise_first_error([(("GET", "k"), {})], [ValueError("mine")])),
    held(do.pipeline(), do.annotate_exception(ValueError("mine"), 3, ("SET", "k", "v" * 200))),
    held(do.pipeline(), do.annotate_exception(ValueError("mine"), 3)),
    held(do.pipeline(), do.close(), do.get("k"), do.execute()),
    held(do.pipeline(), do.aclose(), do.get("k"), do.execute()),
    held(do.pipeline(), do.execute(1, 2)),
    held(do.pipeline(), do.watch(None)),
    held(do.pipeline(), do.multi("x")),
    held(do.pipeline(), do.discard("x")),
    held(do.pipeline(), do.get_encoder(), do.get_cache()),
]  # fmt: skip
