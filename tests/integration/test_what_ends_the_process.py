"""What ends a process that uses GLIDE, and that no call of the adapter can reach it.

Each danger has two children of the test: one calls GLIDE itself and is expected to die of SIGABRT
(the day it does not, the guard may go), the other makes the same call through the adapter, wants
redis-py's answer, and lives to say so.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from textwrap import dedent

import pytest
from glide_shared.protobuf.command_request_pb2 import RequestType
from redis.exceptions import ResponseError

from tests.targets import running
from tests.unit.adapter.test_routes import ABORTING

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

BIG = "123456789012345678901234567890"

GLIDE = """
import sys, threading
from glide_shared.commands.batch import Batch
from glide_sync import GlideClient, GlideClientConfiguration, NodeAddress, Script
client = GlideClient.create(
    GlideClientConfiguration([NodeAddress("127.0.0.1", int(sys.argv[1]))], request_timeout=10_000)
)
"""
ADAPTER = """
import sys, threading
import adapter
client = adapter.Redis(port=int(sys.argv[1]), socket_timeout=10)
"""
ASYNCHRONOUSLY = """
import asyncio, sys
import adapter.asyncio
async def main():
    client = adapter.asyncio.Redis(port=int(sys.argv[1]), socket_timeout=10)
    await talk(client)
    await client.ping()
    await client.aclose()
"""

GLIDE_ALONE = pytest.mark.targets("mock")
"""What GLIDE does by itself is the same whoever answers; a child costs a second."""


def child(port: int, beginning: str, rest: str) -> subprocess.CompletedProcess[str]:
    """Runs a program of a few lines; its output and how it ended."""
    return subprocess.run(
        [sys.executable, "-c", dedent(beginning) + dedent(rest), str(port)],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
        env={**os.environ, "RUST_BACKTRACE": "0"},
    )


def assert_dies(port: int, call: str) -> None:
    """GLIDE itself, told the same, takes the process with it."""
    ended = child(port, GLIDE, call)
    assert ended.returncode == -signal.SIGABRT, (ended.stdout, ended.stderr)


def assert_answers(port: int, call: str, answer: str) -> None:
    """The adapter prints ``answer`` and its client works."""
    ended = child(port, ADAPTER, f"{dedent(call)}\nassert client.ping() is True\n")
    assert (ended.returncode, ended.stdout.strip()) == (0, answer), ended.stderr


BIG_NUMBERS = {
    "eval": f"""client.eval("return {{big_number='{BIG}'}}", 0)""",
    "eval that takes the name as an argument": (
        f"client.eval('return {{[ARGV[1]] = ARGV[2]}}', 0, 'big_number', '{BIG}')"
    ),
    "eval that puts the name together": (
        f"""client.eval("local t = {{}} t['big_' .. 'number'] = '{BIG}' return t", 0)"""
    ),
    "eval that reads the name": (
        f"""client.eval("return cjson.decode(ARGV[1])", 0, '{{"big_number": "{BIG}"}}')"""
    ),
    "eval_ro": f"""client.eval_ro("return {{big_number='{BIG}'}}", 0)""",
    "evalsha": f"""client.evalsha(client.script_load("return {{big_number='{BIG}'}}"), 0)""",
    "a script object": f"""client.register_script("return {{big_number='{BIG}'}}")()""",
    "a pipeline": (
        f"client.pipeline(False).ping().eval('return {{[ARGV[1]] = ARGV[2]}}', 0, 'big_number',"
        f" '{BIG}').ping().execute()[1]"
    ),
    "a transaction": (
        f"client.pipeline().ping().eval('return {{[ARGV[1]] = ARGV[2]}}', 0, 'big_number',"
        f" '{BIG}').ping().execute()[1]"
    ),
    "raw words": f"""client.execute_command("EVAL", "return {{big_number='{BIG}'}}", "0")""",
    "words in one": f"""client.execute_command(b"eval", "return {{big_number='{BIG}'}}", "0")""",
}


def test_a_scripts_big_number_is_an_answer_whoever_asks(server):
    told = ", ".join(BIG_NUMBERS.values())

    assert_answers(server.port, f"print([{told}])", str([BIG.encode()] * len(BIG_NUMBERS)))


@GLIDE_ALONE
def test_a_scripts_big_number_ends_glides_process(server):
    script = f"return {{big_number='{BIG}'}}"

    assert_dies(server.port, f'client.custom_command(["EVAL", "{script}", "0"])')
    assert_dies(server.port, f'client.invoke_script(Script("{script}"))')


LIBRARY = """#!lua name=l
redis.register_function('big', function(keys, args) return {[args[1]] = args[2]} end)
"""


def test_a_functions_big_number_is_an_answer(server):
    call = f"fcall('big', 0, 'big_number', '{BIG}')"

    assert_answers(
        server.port,
        f"""
        client.function_load({LIBRARY!r}, replace=True)
        print([
            client.{call},
            client.pipeline().{call}.execute()[0],
            client.pipeline(False).get("k").{call}.execute()[1],
        ])
        """,
        str([BIG.encode()] * 3),
    )


@GLIDE_ALONE
def test_a_functions_big_number_ends_glides_process(server, make_redis_py):
    make_redis_py().function_load(LIBRARY)

    assert_dies(server.port, 'client.fcall("big", None, ["big_number", "1"])')


@pytest.mark.targets("redis", "valkey")
@pytest.mark.parametrize("kind", ["BIGNUM", "ATTRIB"])
def test_what_debug_protocol_answers_with_ends_glides_process_and_not_ours(
    server, make_redis_py, kind
):
    assert_dies(server.port, f'client.custom_command(["DEBUG", "PROTOCOL", "{kind}"])')
    assert_answers(
        server.port,
        f"""
        print([
            client.execute_command("DEBUG PROTOCOL {kind}"),
            client.execute_command("debug", "protocol", "{kind.lower()}"),
            client.pipeline().execute_command("DEBUG", "PROTOCOL", "{kind}").execute()[0],
            client.pipeline(False).execute_command("DEBUG", "PROTOCOL", "{kind}").execute()[0],
        ])
        """,
        str([make_redis_py(protocol=2).execute_command("DEBUG PROTOCOL", kind)] * 4),
    )


def test_a_command_that_was_renamed_ends_glides_process_and_not_ours():
    """As a module's own command does: nobody can know what an unknown name answers with."""
    with running("redis", "--rename-command", "DEBUG", "MYMODULE.NUMBER") as server:
        assert_dies(server.port, 'client.custom_command(["MYMODULE.NUMBER", "PROTOCOL", "BIGNUM"])')
        assert_answers(
            server.port,
            'print(len(client.execute_command("MYMODULE.NUMBER", "PROTOCOL", "BIGNUM")))',
            "37",
        )


CLAIMING = [
    ("XADD", "s", "1-1", "f", "v"),
    ("XGROUP", "CREATE", "s", "g", "0"),
    ("XREADGROUP", "GROUP", "g", "c", "STREAMS", "s", ">"),
]


@GLIDE_ALONE
def test_a_consumer_called_justid_ends_glides_process(server, make_redis_py):
    for words in CLAIMING:
        make_redis_py().execute_command(*words)

    assert_dies(server.port, 'client.custom_command(["XCLAIM", "s", "g", "JustId", "0", "1-1"])')


def test_a_consumer_may_be_called_justid(server, make_redis_py):
    for words in CLAIMING:
        make_redis_py().execute_command(*words)

    assert_answers(
        server.port,
        """
        print([
            client.xclaim("s", "g", "JustId", 0, ["1-1"]),
            client.pipeline().xclaim("s", "g", "justid", 0, ["1-1"]).execute()[0],
            client.pipeline(False).xclaim("s", "g", "JUSTID", 0, ["1-1"]).execute()[0],
        ])
        """,
        str([[(b"1-1", {b"f": b"v"})]] * 3),
    )


@GLIDE_ALONE
def test_a_command_inside_a_callback_of_a_subscription_ends_glides_process(server):
    assert_dies(
        server.port,
        """
        configuration = GlideClientConfiguration(
            [NodeAddress("127.0.0.1", int(sys.argv[1]))],
            pubsub_subscriptions=GlideClientConfiguration.PubSubSubscriptions(
                {GlideClientConfiguration.PubSubChannelModes.Exact: {"news"}},
                lambda message, context: client.ping(),
                None,
            ),
        )
        listening = GlideClient.create(configuration)
        while client.publish("hello", "news") == 0:
            pass
        threading.Event().wait(30)
        """,
    )


def test_a_handler_of_a_subscription_may_run_commands(server):
    assert_answers(
        server.port,
        """
        heard = threading.Event()
        def tell(message):
            client.set("heard", message["data"])
            heard.set()
        pubsub = client.pubsub()
        pubsub.subscribe(news=tell)
        thread = pubsub.run_in_thread(sleep_time=0.01)
        while client.publish("news", "hello") == 0:
            pass
        assert heard.wait(30)
        thread.stop()
        thread.join()
        print(client.get("heard"))
        """,
        "b'hello'",
    )


OLD_CALLS = {
    "BRPopLPush": "BRPOPLPUSH l m 1",
    "Eval": "EVAL return(1) 0",
    "EvalSha": "EVALSHA e0e1f9fabfc9d4800c877a703b823ac0578ff8db 0",
    "GeoRadius": "GEORADIUS g 1 1 1 km",
    "GeoRadiusByMember": "GEORADIUSBYMEMBER g a 1 km",
    "GeoRadiusByMemberReadOnly": "GEORADIUSBYMEMBER_RO g a 1 km",
    "GeoRadiusReadOnly": "GEORADIUS_RO g 1 1 1 km",
    "GetSet": "GETSET k w",
    "PSetEx": "PSETEX k 1000 w",
    "RPopLPush": "RPOPLPUSH l m",
    "ScriptLoad": "SCRIPT LOAD return(1)",
    "SetEx": "SETEX k 1 w",
    "SetNX": "SETNX k w",
    "Substr": "SUBSTR k 0 0",
    "XSetId": "XSETID s 5-5",
}


@GLIDE_ALONE
@pytest.mark.parametrize("name", ABORTING)
def test_a_request_type_that_glide_has_no_code_for_ends_its_process(server, name):
    assert_dies(
        server.port,
        f"b = Batch(False); b.append_command({RequestType.Value(name)}, ['k', '1', 'v']);"
        " client.exec(b, False)",
    )


def test_the_commands_of_these_request_types_are_answered(make_client, make_redis_py):
    assert set(OLD_CALLS) == set(ABORTING)
    theirs, ours = make_redis_py(), make_client()
    for call in OLD_CALLS.values():
        told = []
        for client in (theirs, ours):
            theirs.flushall()
            theirs.rpush("l", "a")
            theirs.geoadd("g", (1, 1, "a"))
            theirs.set("k", "v")
            theirs.xadd("s", {"f": "v"}, "1-1")
            try:
                told.append(client.execute_command(*call.split()))
            except ResponseError as error:
                told.append((type(error), str(error)))
        assert told[0] == told[1], call


def test_a_connection_that_is_held_cannot_be_told_to_speak_resp3(server):
    assert_answers(
        server.port,
        f"""
        script = "return {{big_number='{BIG}'}}"
        print(client.pipeline().execute_command("HELLO", 3).eval(script, 0).execute()[1])
        with client.pipeline() as pipe:
            pipe.watch("k")
            assert pipe.execute_command("hello", 3)
            print(pipe.eval(script, 0))
            try:
                pipe.execute_command("HELLO", "3", "SETNAME", "n")
            except adapter.RedisError as error:
                print(error)
        held = client.connection_pool.get_connection()
        held.send_command("HELLO", 3)
        held.read_response()
        held.send_command("EVAL", script, 0)
        print(held.read_response())
        client.connection_pool.release(held)
        client.execute_command("RESET")
        print(client.eval(script, 0))
        """,
        f"{BIG.encode()}\n{BIG.encode()}\nHELLO with options would change the protocol here; "
        f"use auth() or client_setname()\n{BIG.encode()}\n{BIG.encode()}",
    )


def test_in_an_event_loop_it_cannot_be_reached_either(server):
    talk = f"""
    async def talk(client):
        told = await asyncio.gather(
            client.get("k"),
            client.eval("return {{[ARGV[1]] = ARGV[2]}}", 0, "big_number", "{BIG}"),
            client.get("k"),
            client.eval("return {{double=1.5}}", 0),
            client.eval("return cjson.decode(ARGV[1])", 0, '{{"big_number": "{BIG}"}}'),
        )
        print(told)
    asyncio.run(main())
    """
    ended = child(server.port, ASYNCHRONOUSLY, talk)

    big = BIG.encode()
    assert (ended.returncode, ended.stdout.strip()) == (0, str([None, big, None, 1.5, big]))
