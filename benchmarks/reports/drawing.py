"""Draws pictures with matplotlib, to be understood without the text around them."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import matplotlib as mpl
from matplotlib.figure import Figure
from matplotlib.ticker import FuncFormatter, LogLocator
from PIL import Image

from benchmarks.contest import Result, verdicts
from benchmarks.reports.pictures import Bars, Lines, Picture, Targets, concerned, labels, needed
from benchmarks.reports.report import in_order, number, times

COLORS: Final = {
    "adapter": "#1f6fb4",
    "mock": "#1f6fb4",
    "redis-py": "#d1495b",
    "redis": "#d1495b",
    "custom_command": "#edae49",
    "fakeredis": "#edae49",
    "GLIDE Batch": "#66a182",
    "valkey": "#66a182",
    "GLIDE typed": "#8d6a9f",
}
SPARE: Final = ("#2e4057", "#7f7f7f", "#bc8034", "#5aa9a9", "#a05195", "#6b8e23")
TARGET: Final = "#222222"
DPI: Final = 90
MOST_TARGETS: Final = 3
"""What exceeds its target by more is cut off."""

mpl.rcParams.update({"font.size": 9, "axes.spines.top": False, "axes.spines.right": False})


def draw(picture: Picture, results: Sequence[Result], path: Path) -> bool:
    """Writes a PNG; False if nothing was measured that belongs in it."""
    match picture:
        case Lines():
            figure = _lines(picture, concerned(results, picture.only))
        case Bars():
            figure = _bars(picture, concerned(results, picture.only))
        case Targets():
            figure = _targets(picture, results)
    if figure is None:
        return False
    _save(figure, path)
    return True


def _save(figure: Figure, path: Path) -> None:
    """A few colours are enough, and make the file small."""
    drawn = io.BytesIO()
    figure.savefig(drawn, dpi=DPI)
    Image.open(drawn).convert("RGB").quantize(64).save(path, optimize=True)


def _color(name: str, place: int) -> str:
    return COLORS.get(name, SPARE[place % len(SPARE)])


def _numbers(axis: Any) -> None:
    """Ticks such as 10k; on a logarithmic axis at 1, 2 and 5."""
    axis.set_major_formatter(FuncFormatter(lambda value, _: _tick(value)))
    axis.set_minor_formatter(FuncFormatter(lambda value, _: ""))


def _tick(value: float) -> str:
    if abs(value) >= 1e6:
        return f"{value / 1e6:g}M"
    return f"{value / 1e3:g}k" if abs(value) >= 1e4 else f"{value:g}"


def _series(picture: Lines, results: Sequence[Result]) -> dict[str, list[tuple[float, Any]]]:
    """By the name of its line: x, and the result and side that stand there."""
    lines: dict[str, list[tuple[float, Any]]] = {}
    for result in results:
        x = float(result.parameters[picture.across])
        for side in result.samples:
            name = str(result.parameters[picture.line]) if picture.line else side
            lines.setdefault(name, []).append((x, (result, side)))
    return {name: sorted(points, key=lambda point: point[0]) for name, points in lines.items()}


def _lines(picture: Lines, results: Sequence[Result]) -> Figure | None:
    results = [result for result in results if picture.across in result.parameters]
    if len({result.parameters[picture.across] for result in results}) < 2:
        return None
    names = dict.fromkeys(str(result.parameters.get(picture.panels, "")) for result in results)
    columns = min(2, len(names))
    rows = -(-len(names) // columns)
    figure = Figure(figsize=(4.6 * columns + 1.2, 3.2 * rows + 0.9), layout="constrained")
    panels = list(figure.subplots(rows, columns, squeeze=False, sharex=True).flat)
    seen: dict[str, Any] = {}
    for panel, name in zip(panels, names, strict=False):
        here = [each for each in results if str(each.parameters.get(picture.panels, "")) == name]
        _panel(panel, picture, here, seen)
        panel.set_title(name, fontsize=9)
    for panel in panels[len(names) :]:
        panel.set_visible(False)
    _finish(figure, picture.title, {} if picture.line else seen)
    return figure


def _panel(panel: Any, picture: Lines, results: Sequence[Result], seen: dict[str, Any]) -> None:
    for place, (name, points) in enumerate(_series(picture, results).items()):
        xs = [x for x, _ in points]
        middles = [result.median(side) for _, (result, side) in points]
        spreads = [result.spread(side) for _, (result, side) in points]
        color = _color(name, place)
        (seen[name],) = panel.plot(xs, middles, marker="o", markersize=4, color=color, label=name)
        panel.fill_between(
            xs, [low for low, _ in spreads], [high for _, high in spreads], color=color, alpha=0.15
        )
    wanted = [
        (float(result.parameters[picture.across]), value)
        for result in results
        if (value := needed(result, next(iter(result.samples)))) is not None
    ]
    if wanted and not picture.line:
        needs = dict(sorted(wanted))
        (seen["target"],) = panel.plot(
            list(needs),
            list(needs.values()),
            linestyle="--",
            marker="_",
            markersize=12,
            color=TARGET,
            linewidth=1,
        )
    panel.set_xscale("log")
    panel.set_yscale("log", subs=[1])
    panel.yaxis.set_major_locator(LogLocator(subs=[1, 2, 5]))
    if picture.line:
        panel.legend(fontsize=7, frameon=False)
    panel.set_xticks(sorted({float(result.parameters[picture.across]) for result in results}))
    panel.set_xlabel(picture.axis)
    panel.set_ylabel(results[0].unit)
    _numbers(panel.xaxis)
    _numbers(panel.yaxis)
    panel.grid(True, which="major", alpha=0.25)


def _bars(picture: Bars, results: Sequence[Result]) -> Figure | None:
    if not results:
        return None
    sides = list(dict.fromkeys(side for result in results for side in result.samples))
    figure = Figure(
        figsize=(9, 1.3 + len(results) * (0.12 + 0.16 * len(sides))), layout="constrained"
    )
    panel = figure.subplots()
    height = 0.8 / len(sides)
    seen: dict[str, Any] = {}
    for group, result in enumerate(results):
        for place, side in enumerate(sides):
            if side not in result.samples:
                continue
            middle, (low, high) = result.median(side), result.spread(side)
            y = group + (place - (len(sides) - 1) / 2) * height
            seen[side] = panel.barh(
                y,
                middle,
                height,
                color=_color(side, place),
                xerr=[[middle - low], [high - middle]],
                error_kw={"elinewidth": 0.8, "ecolor": "#555555"},
            )
            if not place and (value := needed(result, side)) is not None:
                (seen["target"],) = panel.plot(
                    [value, value], [y - height / 2, y + height / 2], color=TARGET, linewidth=2
                )
    panel.set_yticks(range(len(results)), labels(results))
    panel.invert_yaxis()
    if picture.logarithmic:
        panel.set_xscale("log")
    panel.set_xlabel(results[0].unit + ("; logarithmic" if picture.logarithmic else ""))
    _numbers(panel.xaxis)
    panel.grid(True, axis="x", which="major", alpha=0.25)
    _finish(figure, picture.title, seen)
    return figure


def _targets(picture: Targets, results: Sequence[Result]) -> Figure | None:
    found = in_order(verdicts(results))
    if not found:
        return None
    figure = Figure(figsize=(10, 1.3 + 0.3 * len(found)), layout="constrained")
    panel = figure.subplots()
    seen: dict[str, Any] = {}
    for place, verdict in enumerate(found):
        bound = verdict.goal.bound
        parts = [bound / each if verdict.goal.ceiling else each / bound for each in verdict.values]
        middle = bound / verdict.value if verdict.goal.ceiling else verdict.value / bound
        name = "reached" if verdict.reached else "not reached"
        seen[name] = panel.barh(
            place,
            middle,
            0.7,
            color="#66a182" if verdict.reached else "#d1495b",
            xerr=[[middle - min(parts)], [max(parts) - middle]],
            error_kw={"elinewidth": 0.8, "ecolor": "#555555"},
        )
        unit = times if verdict.goal.theirs else number
        sign = "at most" if verdict.goal.ceiling else "of"
        panel.text(
            1.01, place, f"{unit(verdict.value)} {sign} {unit(bound)}",
            va="center", fontsize=8, transform=panel.get_yaxis_transform(),
        )  # fmt: skip
    seen["target"] = panel.axvline(1, color=TARGET, linewidth=1.5)
    panel.set_yticks(range(len(found)), [verdict.goal.row for verdict in found])
    panel.set_xlim(0, MOST_TARGETS)
    panel.invert_yaxis()
    panel.set_xlabel(
        "measured / target: 1 is what must hold, more is better (thin line: least to greatest)"
    )
    _finish(figure, picture.title, seen)
    return figure


def _finish(figure: Figure, text: str, seen: Mapping[str, Any]) -> None:
    figure.suptitle(text, fontsize=11, fontweight="bold")
    if seen:
        figure.legend(
            list(seen.values()), list(seen), loc="outside lower center", ncols=6, frameon=False
        )
