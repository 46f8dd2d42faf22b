"""``install()``, ``uninstall()`` and ``python -m adapter run``, in processes of their own."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
from collections.abc import Callable
from pathlib import Path

import pytest

from adapter import lending

pytestmark = [pytest.mark.one_mock, pytest.mark.one_real]

ROOT = Path(__file__).parents[2]
Run = Callable[..., subprocess.CompletedProcess[str]]

# about Python alone; a process for each target would prove nothing more
about_python = pytest.mark.targets("mock")


@pytest.fixture
def run(server, tmp_path) -> Run:
    """Runs Python with these arguments, in a folder of its own; ``PORT`` is the server's."""

    def run_python(*arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        environment = {**os.environ, "PYTHONPATH": str(ROOT), "PORT": str(server.port), **variables}
        return subprocess.run(
            [sys.executable, *arguments],
            capture_output=True,
            text=True,
            timeout=50,
            check=False,
            cwd=tmp_path,
            env=environment,
        )

    return run_python


@pytest.fixture
def says(run) -> Callable[[str], list[str]]:
    """The lines that a program prints."""

    def lines(program: str, **variables: str) -> list[str]:
        done = run("-c", textwrap.dedent(program), **variables)
        assert done.returncode == 0, done.stderr[-3000:]
        return done.stdout.splitlines()

    return lines


@about_python
def test_every_public_name_is_ours_and_then_redis_pys_again(says):
    assert says(
        """
        import sys
        import redis, redis.asyncio, redis.client, redis.sentinel, redis.cluster
        def meanings():
            return {
                (name, attribute): value
                for name, module in list(sys.modules.items())
                if name == "redis" or name.startswith("redis.")
                for attribute, value in list(vars(module).items())
            }
        import adapter
        from adapter.installing import NAMES, installed
        before = meanings()
        adapter.install(); adapter.install()
        assert installed()
        changed = {place for place, value in meanings().items() if before.get(place) is not value}
        named = {(module, name) for module, names in NAMES.items() for name in names}
        print(changed == named, len(changed))
        import redis.asyncio.utils, redis.multidb
        from redis import Redis, StrictRedis, ConnectionPool, from_url
        from redis.client import Pipeline, PubSub, Monitor
        from redis.connection import BlockingConnectionPool
        from redis.asyncio import Redis as AsyncRedis
        from redis.asyncio import from_url as async_from_url
        from redis.asyncio.client import PubSub as AsyncPubSub
        from redis.asyncio.sentinel import Sentinel as AsyncSentinel
        from redis.sentinel import Sentinel
        print({each.__module__.partition(".")[0] for each in
            (Redis, StrictRedis, ConnectionPool, from_url, Pipeline, PubSub, Monitor,
             BlockingConnectionPool, AsyncRedis, async_from_url, AsyncPubSub, AsyncSentinel,
             Sentinel, Sentinel([]).client_class, Sentinel([]).master_for("m").__class__)})
        adapter.uninstall(); adapter.uninstall()
        after = meanings()
        print([place for place in before if after[place] is not before[place]], installed())
        print([place for place, value in after.items()
               if getattr(value, "__module__", "").startswith("adapter")])
        """
    ) == [f"True {38 if lending.CLUSTERS else 34}", "{'adapter'}", "[] False", "[]"]


def test_a_program_of_redis_py_runs_on_glide(says):
    assert says(
        """
        import os, asyncio
        port = int(os.environ["PORT"])
        import adapter
        adapter.install()
        import redis
        import redis.asyncio as aredis
        r = redis.Redis(port=port, decode_responses=True)
        print(type(r).__module__, r.set("k", 1), r.get("k"), r.stats.batches > 0)
        with r.pipeline() as pipe:
            print(type(pipe).__module__, pipe.incr("k").get("k").execute())
        with r.pubsub() as p:
            p.subscribe("c"); r.publish("c", "x")
            print(p.get_message(timeout=10)["type"], p.get_message(timeout=10)["data"])
        pool = redis.ConnectionPool.from_url(f"redis://127.0.0.1:{port}/0")
        print(redis.Redis(connection_pool=pool).get("k"), type(pool).__module__)
        print(type(redis.from_url(f"redis://127.0.0.1:{port}")).__module__)
        class Mine(redis.Redis):
            pass
        print(Mine(port=port).get("k"), Mine.__mro__[1].__module__)
        async def main():
            async with aredis.from_url(f"redis://127.0.0.1:{port}") as a:
                return type(a).__module__, await a.get("k"), type(a.pipeline()).__module__
        print(*asyncio.run(main()))
        """
    ) == [
        "adapter.client True 1 True",
        "adapter.client [2, '2']",
        "subscribe x",
        "b'2' adapter.connect.pool",
        "adapter.client",
        "b'2' adapter.client",
        "adapter.asyncio.client b'2' adapter.asyncio.client",
    ]


def test_names_that_were_bound_before_stay_redis_pys_and_go_on_working(says):
    assert says(
        """
        import os
        import redis
        from redis import Redis
        port = int(os.environ["PORT"])
        early = Redis(port=port)
        import adapter
        adapter.install()
        late = redis.Redis(port=port)
        print(isinstance(late, Redis), issubclass(redis.Redis, Redis), redis.Redis is Redis)
        bound = Redis(port=port)
        for client in (early, bound):
            print(type(client).__module__, type(client.connection_pool).__module__)
            client.set("k", 1)
            with client.pipeline() as pipe:
                print(pipe.incr("k").execute(), client.get("k"))
            with client.pubsub() as p:
                p.subscribe("c"); client.publish("c", "x")
                print(p.get_message(timeout=10)["data"], p.get_message(timeout=10)["data"])
        try:
            late.incr("k", "no")
        except redis.exceptions.ResponseError as error:
            print(type(error).__module__)
        """
    ) == [
        "True True False",
        *["redis.client redis.connection", "[2] b'2'", "1 b'x'"] * 2,
        "redis.exceptions",
    ]


@about_python
def test_a_block_ends_what_it_began(says):
    assert says(
        """
        import redis, adapter
        plain = redis.Redis
        with adapter.install():
            print(redis.Redis is adapter.Redis)
            with adapter.install():
                print(redis.Redis is adapter.Redis)
            print(redis.Redis is adapter.Redis)
        print(redis.Redis is plain)
        try:
            with adapter.install():
                raise KeyError
        except KeyError:
            print(redis.Redis is plain)
        """
    ) == ["True", "True", "True", "True", "True"]


@about_python
def test_importing_the_adapter_installs_it_where_the_environment_says_so(says):
    program = (
        "import redis; early = redis.Redis; import adapter; print(redis.Redis is adapter.Redis)"
    )

    assert says(program, ADAPTER_INSTALL="1") == ["True"]
    assert says(program, ADAPTER_INSTALL="") == ["False"]
    assert says(program, ADAPTER_INSTALL="0") == ["False"]


SCRIPT = """
import os, sys
import redis
import beside
print(__name__, __file__, sys.argv, redis.Redis.__module__)
print(redis.Redis(port=int(os.environ["PORT"])).ping())
if "fail" in sys.argv:
    raise SystemExit(int(sys.argv[2]))
if "raise" in sys.argv:
    {}["missing"]
"""


@pytest.fixture
def script(tmp_path) -> Path:
    folder = tmp_path / "program"
    folder.mkdir()
    (folder / "beside.py").write_text("")
    (folder / "script.py").write_text(SCRIPT)
    return folder / "script.py"


@about_python
def test_a_script_runs_as_python_runs_it(run, script):
    ours = run("-m", "adapter", "run", "program/script.py", "a", "--b")

    plain = run("program/script.py", "a", "--b")
    assert ours.stdout.splitlines()[0] == plain.stdout.splitlines()[0].replace(
        "redis.client", "adapter.client"
    )
    assert (ours.stdout.splitlines()[1], ours.stderr, ours.returncode) == ("True", "", 0)


@about_python
@pytest.mark.parametrize("arguments", [("fail", "3"), ("raise",)])
def test_exit_codes_and_tracebacks_are_pythons(run, script, arguments):
    ours = run("-m", "adapter", "run", str(script), *arguments)

    plain = run(str(script), *arguments)
    assert plain.returncode
    assert (ours.returncode, ours.stderr) == (plain.returncode, plain.stderr)


@about_python
def test_a_module_runs_and_so_does_a_command(run, script):
    module = run("-m", "adapter", "run", "-m", "program.script", "x", PYTHONPATH=f"{ROOT}:program")
    command = run("-m", "adapter", "run", "-c", "import redis; print(redis.Redis.__module__)")

    assert module.stdout.splitlines()[0].startswith("__main__ "), module.stderr
    assert module.stdout.splitlines()[0].endswith("'x'] adapter.client")
    assert command.stdout == "adapter.client\n"


@about_python
def test_the_programs_that_a_program_starts_are_served_too(run, script):
    program = """
import subprocess, sys, multiprocessing
def child():
    import redis
    print(redis.Redis.__module__, flush=True)
if __name__ == "__main__":
    said = "import redis; print(redis.Redis.__module__)"
    subprocess.run([sys.executable, "-c", said], check=True)
    spawned = multiprocessing.get_context("spawn").Process(target=child)
    spawned.start(); spawned.join()
"""
    script.write_text(program)

    done = run("-m", "adapter", "run", str(script))

    assert done.stdout == "adapter.client\nadapter.client\n", done.stderr


@about_python
def test_flags_and_a_sitecustomize_of_ones_own_are_kept(run, script):
    (script.parent / "sitecustomize.py").write_text("import sys; sys.own = 'kept'")
    script.write_text(
        "import sys, redis; print(sys.own, sys.flags.optimize, redis.Redis.__module__)"
    )

    done = run("-O", "-m", "adapter", "run", str(script), PYTHONPATH=f"{ROOT}:{script.parent}")

    assert done.stdout == "kept 1 adapter.client\n", done.stderr


@about_python
def test_a_process_without_the_adapters_libraries_is_left_alone(run):
    alone = "import sitecustomize, sys; print('adapter' in sys.modules)"
    program = f"""
import subprocess, sys
subprocess.run([sys.executable, "-S", "-c", {alone!r}], check=True)
"""
    done = run("-m", "adapter", "run", "-c", program)

    assert (done.stdout, done.stderr) == ("False\n", "")


@about_python
def test_what_cannot_be_run_is_explained(run):
    nothing = run("-m", "adapter", "run")
    helped = run("-m", "adapter", "--help")

    assert (nothing.returncode, nothing.stdout) == (2, "")
    assert nothing.stderr == helped.stdout
    assert helped.stdout.startswith("usage: python -m adapter run script.py")


def test_a_queue_library_that_is_imported_afterwards_works_on_glide(says):
    pytest.importorskip("rq")
    assert says(
        """
        import os
        import adapter
        adapter.install()
        import redis
        from rq import Queue, SimpleWorker
        connection = redis.Redis(port=int(os.environ["PORT"]))
        queue = Queue(connection=connection)
        job = queue.enqueue(sum, [1, 2, 3])
        SimpleWorker([queue], connection=connection).work(burst=True, logging_level="ERROR")
        print(job.latest_result().return_value, connection.stats.batches > 0)
        """
    ) == ["6 True"]
