"""Bar charts as SVG text: medians as bars, ranges as whiskers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from html import escape

from benchmarks.side_by_side.ratios import Spread

WIDTH, HEIGHT = 860, 340
_LEFT, _RIGHT, _TOP, _BOTTOM = 56, 12, 56, 36
_COLOURS = ("#1f5fa8", "#d9822b", "#f2b76a", "#5b9a57", "#a3cf9c", "#8e5ea2", "#8a8a8a", "#c0504d")
_TICKS = 5


@dataclass(frozen=True)
class Chart:
    """``bars`` by series and group; what has no bar was not measured."""

    title: str
    groups: Sequence[str]
    series: Sequence[str]
    bars: Mapping[tuple[str, str], Spread]


def svg(chart: Chart) -> str:
    """The chart, on a white ground so that it can be read in dark surroundings too."""
    top = max((bar.high for bar in chart.bars.values()), default=1.0) or 1.0
    scale = (HEIGHT - _TOP - _BOTTOM) / top
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
        'font-family="sans-serif" font-size="12">',
        f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>',
        _text(_LEFT, 18, chart.title, size=14),
        *_axis(top, scale),
        *_legend(chart.series),
    ]
    wide = (WIDTH - _LEFT - _RIGHT) / max(1, len(chart.groups))
    for number, group in enumerate(chart.groups):
        left = _LEFT + number * wide
        parts.append(_text(left + wide / 2, HEIGHT - 14, group, anchor="middle"))
        bar = wide * 0.84 / max(1, len(chart.series))
        for place, name in enumerate(chart.series):
            found = chart.bars.get((name, group))
            if found is not None:
                parts += _bar(left + wide * 0.08 + place * bar, bar, found, scale, _colour(place))
    return "\n".join([*parts, "</svg>"]) + "\n"


def _bar(left: float, width: float, found: Spread, scale: float, colour: str) -> list[str]:
    base = HEIGHT - _BOTTOM
    tall, middle = found.median * scale, left + width / 2
    return [
        f'<rect x="{left:.1f}" y="{base - tall:.1f}" width="{0.9 * width:.1f}" '
        f'height="{tall:.1f}" fill="{colour}"/>',
        f'<line x1="{middle:.1f}" x2="{middle:.1f}" y1="{base - found.low * scale:.1f}" '
        f'y2="{base - found.high * scale:.1f}" stroke="black"/>',
    ]


def _axis(top: float, scale: float) -> list[str]:
    base = HEIGHT - _BOTTOM
    parts = []
    for tick in range(_TICKS + 1):
        value = top * tick / _TICKS
        y = base - value * scale
        parts.append(
            f'<line x1="{_LEFT}" x2="{WIDTH - _RIGHT}" y1="{y:.1f}" y2="{y:.1f}" stroke="#ddd"/>'
        )
        parts.append(_text(_LEFT - 6, y + 4, f"{value:,.0f}", anchor="end"))
    return parts


def _legend(series: Sequence[str]) -> list[str]:
    parts, left = [], float(_LEFT)
    for place, name in enumerate(series):
        parts.append(
            f'<rect x="{left:.0f}" y="28" width="10" height="10" fill="{_colour(place)}"/>'
        )
        parts.append(_text(left + 14, 37, name))
        left += 32 + 7 * len(name)
    return parts


def _colour(place: int) -> str:
    return _COLOURS[place % len(_COLOURS)]


def _text(x: float, y: float, text: str, *, anchor: str = "start", size: int = 12) -> str:
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" font-size="{size}">'
        f"{escape(text)}</text>"
    )
