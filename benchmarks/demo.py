"""The main job, to watch: a BullMQ queue runs through the adapter, over GLIDE, on the mock server.

A thousand jobs of three kinds, some of them delayed, some that fail and are tried again, one parent
that waits for its children; two workers, and every event of the queue as it comes.  With REDIS_URL
the same runs on a server of yours.  Ends with exit code 1 unless every job is where it belongs.
"""

from __future__ import annotations

import asyncio
import os
import sys
import time
from collections import Counter
from contextlib import ExitStack
from typing import Any
from uuid import uuid4

from bullmq import FlowProducer, Job, Queue, QueueEvents, Worker
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn
from rich.table import Table

import adapter.asyncio as redis
from mock_backend import MockServer

EMAILS, REPORTS, INVOICE_LINES = 650, 300, 49
DELAYED_EVERY = 7
"""Of the e-mails, every so many-th is to be sent later."""
FAILING_EVERY = 5
"""Of the reports, every so many-th fails at first and is tried again."""
HOPELESS_EVERY = 30
"""Of the reports, every so many-th fails whatever one does."""
ATTEMPTS = 3
TOTAL = EMAILS + REPORTS + INVOICE_LINES + 1
EXPECTED = {"completed": TOTAL - REPORTS // HOPELESS_EVERY, "failed": REPORTS // HOPELESS_EVERY}
STATES = ("completed", "failed", "waiting", "active", "delayed", "waiting-children")
EVENTS = (
    "added", "waiting", "active", "delayed", "completed", "failed", "retries-exhausted",
    "waiting-children",
)  # fmt: skip
SECONDS = 120
"""After so long without an end something is wrong."""


class Failure(Exception):
    """A job that fails on purpose."""


async def perform(job: Job, token: str) -> Any:
    """What the workers do: send an e-mail, write a report, or add up an invoice's lines."""
    data = job.data
    if job.name == "report":
        if data["hopeless"]:
            raise Failure("the printer is on fire")
        if data["failing"] and job.attemptsMade < 2:
            raise Failure("out of paper")
    if job.name == "invoice" and data["lines"]:
        values = await job.getChildrenValues()
        if len(values) != data["lines"]:
            raise Failure(f"{len(values)} of {data['lines']} lines have arrived")
        return sum(values.values())
    return data["number"]


async def add_jobs(queue: Queue, flows: FlowProducer) -> None:
    """Puts the thousand jobs into the queue."""
    await asyncio.gather(
        *(
            queue.add("email", {"number": number}, {"delay": 5 * number % 1000} if later else {})
            for number in range(EMAILS)
            for later in [number % DELAYED_EVERY == 0]
        )
    )
    await queue.addBulk(
        [
            {
                "name": "report",
                "data": {
                    "number": number,
                    "failing": number % FAILING_EVERY == 0,
                    "hopeless": number % HOPELESS_EVERY == 0,
                },
                "opts": {"attempts": ATTEMPTS, "backoff": 50},
            }
            for number in range(REPORTS)
        ]
    )
    line = {"name": "invoice", "queueName": queue.name}
    await flows.add(
        {
            **line,
            "data": {"lines": INVOICE_LINES, "number": 0},
            "children": [
                {**line, "data": {"lines": 0, "number": number}} for number in range(INVOICE_LINES)
            ],
        }
    )


class EventPrinter:
    """Prints every event of the queue; those that arrive together share a line."""

    def __init__(self, progress: Progress) -> None:
        self.seen: Counter[str] = Counter()
        self.all_finished = asyncio.Event()
        self._progress = progress
        self._task = progress.add_task("jobs", total=TOTAL)
        self._together: dict[str, list[str]] = {}

    def listen(self, events: QueueEvents) -> None:
        """Subscribes to all events of the queue."""
        for name in EVENTS:
            events.on(name, lambda args, id_, name=name: self._take(name, args))

    def _take(self, event: str, args: dict[str, Any]) -> None:
        if not self._together:
            asyncio.get_running_loop().call_soon(self._print)
        self._together.setdefault(event, []).append(str(args.get("jobId", "")))
        self.seen[event] += 1
        if event in ("completed", "failed"):
            self._progress.advance(self._task)
            if self.seen["completed"] + self.seen["failed"] == TOTAL:
                self.all_finished.set()

    def _print(self) -> None:
        for event, jobs in self._together.items():
            shown = " ".join(job if len(job) < 8 else job[:6] + "…" for job in jobs[:12])
            more = f" and {len(jobs) - 12} more" if len(jobs) > 12 else ""
            self._progress.console.print(
                f"{event:>17} [dim]{shown}{more}[/dim]", highlight=False, no_wrap=True
            )
        self._together.clear()


async def run(url: str, console: Console) -> tuple[dict[str, int], float, Counter[str], Any]:
    """Runs the queue until every job has ended: jobs by state, seconds, events, counters."""
    client = redis.Redis.from_url(url, decode_responses=True)
    options = {"connection": client, "prefix": f"demo:{uuid4().hex[:8]}"}
    queue = Queue("jobs", options)
    flows = FlowProducer(None, options)
    events = QueueEvents("jobs", {**options, "lastEventId": "0-0", "blockingTimeout": 1000})
    columns = (
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
    )
    workers: list[Worker] = []
    try:
        with Progress(*columns, console=console) as progress:
            printer = EventPrinter(progress)
            printer.listen(events)
            started = time.perf_counter()
            await add_jobs(queue, flows)
            workers = [Worker("jobs", perform, {**options, "concurrency": 25}) for _ in range(2)]
            await asyncio.wait_for(printer.all_finished.wait(), SECONDS)
            seconds = time.perf_counter() - started
        return await queue.getJobCounts(*STATES), seconds, printer.seen, client.stats
    finally:
        for worker in workers:
            await worker.close(force=True)
        await events.close()
        await queue.obliterate(force=True)
        await queue.close()
        await client.aclose()


def report(
    console: Console,
    counts: dict[str, int],
    seconds: float,
    seen: Counter[str],
    stats: Any,
    server: MockServer | None,
) -> None:
    """Prints the closing table."""
    table = Table(title="BullMQ over the adapter")
    table.add_column("what")
    table.add_column("how many", justify="right")
    for state in STATES:
        expected = EXPECTED.get(state, 0)
        verdict = "" if counts[state] == expected else f" (expected {expected:,})"
        table.add_row(f"jobs {state}", f"{counts[state]:,}{verdict}")
    table.add_row("events", f"{sum(seen.values()):,}")
    table.add_row("throughput", f"{TOTAL / seconds:,.0f} jobs/s")
    table.add_section()
    table.add_row("adapter: typed requests", f"{stats.typed:,}")
    table.add_row("adapter: custom requests", f"{stats.custom:,}")
    table.add_row("adapter: batches", f"{stats.batches:,}")
    table.add_row("adapter: mean batch size", f"{stats.mean_batch:.1f}")
    table.add_row("adapter: scripts loaded", f"{stats.scripts_loaded:,}")
    if server is not None:
        table.add_section()
        table.add_row("mock: commands", f"{server.stats.commands:,}")
        table.add_row("mock: scripts run", f"{server.stats.scripts:,}")
        table.add_row("mock: peak clients", f"{server.stats.peak_clients:,}")
    console.print(table)


def main() -> int:
    """Runs the demo; the exit code."""
    console = Console()
    with ExitStack() as stack:
        url = os.environ.get("REDIS_URL", "")
        server = None if url else stack.enter_context(MockServer())
        if server is not None:
            url = server.url
        console.print(f"[bold]{TOTAL:,} jobs[/bold] on {url}" + (" (mock)" if server else ""))
        try:
            counts, seconds, seen, stats = asyncio.run(run(url, console))
        except KeyboardInterrupt:
            console.print("interrupted")
            return 130
        except TimeoutError:
            console.print(f"[red]not every job had ended after {SECONDS} seconds[/red]")
            return 1
        report(console, counts, seconds, seen, stats, server)
        if server is not None and server.bugs:
            console.print(f"[red]bugs in the mock: {server.bugs}[/red]")
            return 1
        return 0 if all(counts[state] == EXPECTED.get(state, 0) for state in STATES) else 1


if __name__ == "__main__":
    sys.exit(main())
