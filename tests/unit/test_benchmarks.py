"""What is done with measurements: turns, figures, verdicts, files; and that sides do the same."""

from __future__ import annotations

import asyncio
import functools
import io
import types
from collections.abc import Iterator
from pathlib import Path

import pytest
import redis
from glide_shared.commands.batch import Batch

from benchmarks import pace, workloads
from benchmarks.contest import Contest, Contests, Goal, Result, play, title, verdicts

report = pytest.importorskip("benchmarks.reports.report")
runner = pytest.importorskip("benchmarks.runner")  # it shows with rich how far it is
console = pytest.importorskip("rich.console")

FASTER = Goal("ours is faster", "ours", "theirs", 2.0)
QUICK = Goal("ours is quick", "ours", "", 5.0, ceiling=True)


@pytest.fixture(autouse=True)
def _no_garbage(monkeypatch: pytest.MonkeyPatch) -> None:
    """Going through what all other tests have left would take its time."""
    monkeypatch.setattr("benchmarks.contest.gc.collect", lambda: 0)


def said(*values: float) -> Iterator[float]:
    yield from values


def contest(*goals: Goal, name: str = "GET", ours: float = 4.0, theirs: float = 2.0) -> Contest:
    return Contest(
        {"workload": name, "in flight": 100},
        {"ours": lambda: ours, "theirs": lambda: theirs},
        goals=goals,
    )


def result(ours: list[float], theirs: list[float], *goals: Goal, name: str = "GET") -> Result:
    return Result({"workload": name}, "operations/s", {"ours": ours, "theirs": theirs}, goals)


class TestTurns:
    def test_every_side_is_first_in_its_turn(self):
        turns: list[str] = []
        sides = {name: lambda: 1.0 for name in "abc"}

        play(Contest({}, sides), 4, turns.append)

        assert "".join(turns) == "abcbcacababc"

    def test_samples_stay_in_the_order_of_the_rounds(self):
        ours, theirs = said(1, 2, 3), said(10, 20, 30)

        played = play(Contest({}, {"ours": lambda: next(ours), "theirs": lambda: next(theirs)}), 3)

        assert played.samples == {"ours": [1, 2, 3], "theirs": [10, 20, 30]}

    def test_a_slow_contest_has_fewer_rounds(self):
        assert len(play(Contest({}, {"a": lambda: 1.0}, most_rounds=2), 7).samples["a"]) == 2

    def test_no_round_begins_when_patience_has_ended(self):
        assert len(play(Contest({}, {"a": lambda: 1.0}), 7, patience=-1).samples["a"]) == 1


class TestFigures:
    def test_a_side_is_told_by_its_median_and_extremes(self):
        measured = result([3, 1, 2], [1, 1, 1])

        assert measured.median("ours") == 2
        assert measured.spread("ours") == (1, 3)

    def test_a_ratio_is_taken_within_each_round(self):
        assert result([2, 30, 4], [1, 10, 1]).ratios("ours", "theirs") == [2, 3, 4]

    def test_nothing_has_no_ratio_to_nothing(self):
        (ratio,) = result([2], [0]).ratios("ours", "theirs")

        assert report.times(ratio) == ""

    @pytest.mark.parametrize(
        ("value", "told"),
        [
            (0.1234, "0.12"),
            (12.34, "12.3"),
            (123.4, "123"),
            (9_999, "9,999"),
            (12_345, "12.3k"),
            (1_234_567, "1.23M"),
        ],
    )
    def test_numbers_have_the_digits_that_mean_something(self, value, told):
        assert report.number(value) == told

    def test_numbers_are_named_in_titles_and_words_are_not(self):
        assert title({"test": "SET", "-P": 16, "in flight": 1000}) == "SET, -P 16, 1,000 in flight"


class TestVerdicts:
    def test_a_row_holds_if_its_median_does(self):
        (verdict,) = verdicts([result([1, 4, 6], [2, 2, 2], FASTER)])

        assert verdict.values == [0.5, 2, 3]
        assert verdict.value == 2
        assert verdict.reached

    def test_a_row_of_several_contests_is_their_median_in_each_round(self):
        (verdict,) = verdicts(
            [
                result([1, 9], [1, 1], FASTER, name="GET"),
                result([2, 8], [1, 1], FASTER, name="SET"),
                result([3, 7], [1, 1], FASTER, name="HGETALL"),
            ]
        )

        assert verdict.values == [2, 8]
        assert verdict.parts == {"GET": 5, "SET": 5, "HGETALL": 5}

    @pytest.mark.parametrize(("milliseconds", "reached"), [(5.0, True), (5.1, False)])
    def test_a_ceiling_bounds_the_value_itself(self, milliseconds, reached):
        (verdict,) = verdicts([result([milliseconds], [0], QUICK)])

        assert verdict.reached is reached

    def test_what_has_no_goal_is_not_judged(self):
        assert verdicts([result([1], [1])]) == []
        assert report.judgement([result([1], [1])]) is None


class TestPace:
    def test_a_sample_takes_about_the_time_that_it_was_given(self):
        counts: list[int] = []

        def run(count: int) -> float:
            counts.append(count)
            return count * 0.001

        assert pace.rate(run, 0.25, portion=10)() == pytest.approx(10_000)
        assert counts[-1] == 250
        assert sum(counts[:-1]) < 150

    def test_what_is_slow_is_done_once(self):
        assert pace.portions_within(lambda count: count * 9.0, 0.25) == 1

    def test_its_portions_stay_the_same_over_the_rounds(self):
        counts: list[int] = []
        seconds = said(1.0, 0.1, 0.1, 0.1, 9.0, 9.0)

        def run(count: int) -> float:
            counts.append(count)
            return next(seconds)

        sample = pace.rate(run, 0.2)
        sample()
        sample()

        assert counts[-1] == counts[-2]


class TestCallers:
    @pytest.mark.parametrize("way", ["in_flight", "gathered"])
    async def test_so_many_calls_are_under_way_and_no_more(self, way):
        clients = pytest.importorskip("benchmarks.clients")
        made: list[str] = []
        under_way: set[int] = set()
        most = 0

        async def call(name: str) -> None:
            nonlocal most
            number = len(made)
            made.append(name)
            under_way.add(number)
            most = max(most, len(under_way))
            await asyncio.sleep(0)
            under_way.discard(number)

        turns = [functools.partial(call, name) for name in "abc"]
        await getattr(clients, way)(turns, 4)(3)

        assert "".join(made) == "abcabcabcabc"
        assert most == 4

    def test_every_thread_makes_its_calls(self):
        clients = pytest.importorskip("benchmarks.clients")
        made: list[str] = []
        turns = [functools.partial(made.append, name) for name in "ab"]

        clients.in_threads(turns, 3)(4)

        assert sorted(made) == ["a"] * 6 + ["b"] * 6

    def test_a_call_that_fails_ends_the_measurement(self):
        clients = pytest.importorskip("benchmarks.clients")

        with pytest.raises(ZeroDivisionError):
            clients.in_threads([lambda: 1 / 0], 2)(1)


class TestReports:
    @pytest.fixture
    def stored(self):
        results = [play(contest(FASTER, QUICK), 3), play(contest(FASTER, name="SET", ours=2), 3)]
        return report.Report(
            "fake", "Two sides.\n\nBoth do ``nothing``.", "2026-01-02 03:04 UTC", 5, 3, 0.25,
            {"cores": "2", "Python": "3.11"}, results,
        )  # fmt: skip

    def test_json_comes_back_as_it_was(self, stored, tmp_path):
        stored.write(tmp_path / "fake.json")

        assert report.Report.read(tmp_path / "fake.json") == stored

    def test_the_tables_show_medians_and_ratios(self, stored):
        ((heading, rows),) = report.tables(stored.results)

        assert heading.startswith("operations/s")
        assert rows == [
            ["workload", "in flight", "ours", "theirs", "vs theirs"],
            ["GET", "100", "4.00", "2.00", "2.00x"],
            ["SET", "100", "2.00", "2.00", "1.00x"],
        ]

    def test_a_side_that_was_not_there_leaves_its_place_empty(self):
        alone = Result({"workload": "SET"}, "operations/s", {"ours": [1.0, 3.0]})

        ((_, rows),) = report.tables([result([4], [2]), alone])

        assert rows[2] == ["SET", "2.00 (1.00 to 3.00)", "", ""]

    def test_one_side_alone_runs_through_the_columns_as_it_grows(self):
        results = [
            Result({"call": call, "elements": size}, "µs", {"mock": [time]})
            for size, time in ((1_000, 2.0), (10_000, 3.0))
            for call in ("ZADD", "ZRANK")
        ]

        ((heading, rows),) = report.tables(results)

        assert heading.startswith("mock, µs")
        assert rows == [
            ["call", "1,000 elements", "10,000 elements"],
            ["ZADD", "2.00", "3.00"],
            ["ZRANK", "2.00", "3.00"],
        ]

    def test_the_judgement_tells_target_and_what_was_reached(self, stored):
        heading, rows = report.judgement(stored.results)

        assert heading == "What must hold: 1 of 2 reached"
        assert rows[1] == [
            "ours is faster", "at least 2x", "1.50x", "1.50x to 1.50x", "no",
            "GET: 2.00x, SET: 1.00x",
        ]  # fmt: skip
        assert rows[2] == ["ours is quick", "at most 5", "4.00", "4.00 to 4.00", "yes", ""]

    def test_markdown_pictures_and_index_are_written(self, stored, tmp_path):
        pytest.importorskip("matplotlib")
        documents = pytest.importorskip("benchmarks.reports.documents")
        pictures = pytest.importorskip("benchmarks.reports.pictures")

        documents.write(stored, [pictures.Bars("bars", "Both sides")], tmp_path)
        documents.write_index(tmp_path)

        text = (tmp_path / "fake.md").read_text("utf-8")
        assert text.startswith("# fake\n\nTwo sides.\n\nBoth do `nothing`.\n\n")
        assert "![Both sides](fake-bars.png)" in text
        assert "| GET | 100 | 4.00 | 2.00 | 2.00x |" in text
        assert (tmp_path / "fake-bars.png").stat().st_size < 100_000
        index = (tmp_path / "README.md").read_text("utf-8")
        assert "| [fake](fake.md) | Two sides. | 2026-01-02 03:04 UTC | 3 | 1 of 2 |" in index

    def test_no_panel_is_left_empty(self):
        pytest.importorskip("matplotlib")
        drawing = pytest.importorskip("benchmarks.reports.drawing")
        pictures = pytest.importorskip("benchmarks.reports.pictures")
        results = [
            Result({"workload": name, "in flight": count}, "operations/s", {"ours": [1.0, 2.0]})
            for name in ("GET", "SET", "mixed")
            for count in (1, 10)
        ]

        picture = pictures.Lines("calls", "Calls", "in flight", "calls in flight", "workload")
        figure = drawing._lines(picture, results)

        shown = [panel.get_title() for panel in figure.axes if panel.get_visible()]
        assert shown == ["GET", "SET", "mixed"]


class TestRunner:
    @staticmethod
    def run(suites: dict[str, object], **options: object) -> tuple[list[object], str]:
        shown = io.StringIO()
        reports = list(
            runner.run(
                suites,
                types.SimpleNamespace(seconds=0.1, patience=60),
                rounds=2,
                versions={"cores": "2"},
                console=console.Console(file=shown),
                **options,
            )
        )
        return reports, shown.getvalue()

    @staticmethod
    def suite(*contests_: Contest | Exception, closed: list[str] | None = None) -> object:
        def contests(stage: object) -> Contests:
            try:
                for each in contests_:
                    if isinstance(each, Exception):
                        raise each
                    yield each
            finally:
                if closed is not None:
                    closed.append("closed")

        return types.SimpleNamespace(__doc__="About it.", contests=contests)

    def test_a_suite_becomes_a_report(self):
        (told,), _ = self.run({"fake": self.suite(contest(FASTER), contest(name="SET"))})

        assert (told.suite, told.about, told.rounds) == ("fake", "About it.", 2)
        assert [each.parameters["workload"] for each in told.results] == ["GET", "SET"]
        assert told.machine.keys() == {"cores", "load"}
        assert told.results[0].samples == {"ours": [4, 4], "theirs": [2, 2]}

    def test_only_what_is_asked_for_is_measured(self):
        (told,), _ = self.run({"fake": self.suite(contest(), contest(name="SET"))}, only="set")

        assert [each.parameters["workload"] for each in told.results] == ["SET"]

    def test_a_suite_that_fails_does_not_end_the_others(self):
        closed: list[str] = []
        suites = {
            "broken": self.suite(contest(), ValueError("no server"), closed=closed),
            "fake": self.suite(contest()),
        }

        reports, shown = self.run(suites)

        assert [told.suite for told in reports] == ["fake"]
        assert "no server" in shown
        assert closed == ["closed"]


class TestCommandLine:
    @pytest.fixture
    def command_line(self, monkeypatch):
        module = pytest.importorskip("benchmarks.__main__")
        suite = TestRunner.suite(contest(FASTER))
        suite.PICTURES = ()
        monkeypatch.setitem(module.SUITES, "fake", suite)
        monkeypatch.setattr(module.machine, "described", lambda servers: {"cores": "2"})
        return module

    def test_a_suite_leaves_its_files(self, command_line, tmp_path, capsys):
        code = command_line.main(["fake", "--rounds", "1", "--output", str(tmp_path)])

        assert code == 0
        assert sorted(file.name for file in tmp_path.iterdir()) == [
            "README.md", "fake.json", "fake.md",
        ]  # fmt: skip
        assert "What must hold: 1 of 1 reached" in capsys.readouterr().out

    def test_a_run_of_all_tells_what_must_hold(self, command_line, tmp_path, monkeypatch, capsys):
        monkeypatch.setattr(command_line, "ALL", ["fake"])

        command_line.main(["--rounds", "1", "--output", str(tmp_path)])

        stored = report.Report.read(tmp_path / "must-hold.json")
        assert [each.goals for each in stored.results] == [[FASTER]]

    def test_a_suite_that_fails_shows_in_the_exit_code(self, command_line, tmp_path, monkeypatch):
        monkeypatch.setitem(command_line.SUITES, "fake", TestRunner.suite(ValueError("no server")))

        assert command_line.main(["fake", "--output", str(tmp_path)]) == 1

    def test_only_whole_runs_are_written_to_the_documents(self, command_line):
        assert command_line.arguments([]).output == command_line.OUTPUT
        for narrowed in (["--quick"], ["--only", "GET"], ["--processor-time"]):
            assert command_line.arguments(narrowed).output == command_line.PASSING

    def test_a_suite_that_there_is_not_is_refused(self, command_line, capsys):
        with pytest.raises(SystemExit):
            command_line.arguments(["throughput"])

        assert "no suite is called throughput" in capsys.readouterr().err


def test_every_suite_says_what_it_compares_and_what_is_drawn(tmp_path: Path) -> None:
    command_line = pytest.importorskip("benchmarks.__main__")

    for suite in command_line.SUITES.values():
        assert suite.__doc__
        assert suite.PICTURES


class Recording(redis.Redis):
    """Answers the words it would send."""

    def execute_command(self, *words, **options):
        return [str(word) for word in words]


@pytest.mark.parametrize("workload", workloads.ALL, ids=lambda workload: workload.name)
def test_all_clients_are_asked_for_the_same(workload: workloads.Workload) -> None:
    for call in workload.calls[:10]:
        batch = Batch(is_atomic=False)
        getattr(batch, call.method)(*call.for_glide)

        assert getattr(Recording(), call.method)(*call.arguments, **call.keywords) == call.words
        assert [words for _, words in batch.commands] == [call.words[1:]]


def test_every_row_that_must_hold_has_a_place_in_the_table() -> None:
    goals = pytest.importorskip("benchmarks.goals")

    assert len(goals.ORDER) == len(set(goals.ORDER)) == 25
