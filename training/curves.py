"""Loss curves as a small SVG."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

WIDTH, HEIGHT, LEFT, RIGHT, TOP, BOTTOM = 640, 360, 50, 90, 15, 40
COLOURS = ("#1b6ca8", "#c8553d", "#4a8c4a", "#8a5aa8", "#a88a2a", "#555555")
POINTS = 120


@dataclass(frozen=True)
class Curve:
    """A line through `(x, y)`, named at its end."""

    name: str
    x: Sequence[float]
    y: Sequence[float]


def draw(curves: Sequence[Curve], x_name: str, y_name: str) -> str:
    """All curves in one frame, their ends named; the first twentieth is not shown."""
    shown = [_thinned(curve) for curve in curves]
    across = max(x for points in shown for x, _ in points)
    low = min(y for points in shown for _, y in points)
    high = max(y for points in shown for _, y in points)

    def place(x: float, y: float) -> tuple[float, float]:
        return (LEFT + x / across * (WIDTH - LEFT - RIGHT),
                TOP + (high - y) / max(high - low, 1e-9) * (HEIGHT - TOP - BOTTOM))  # fmt: skip

    parts = [f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}" '
             'font-family="sans-serif" font-size="12">',
             f'<rect width="{WIDTH}" height="{HEIGHT}" fill="white"/>']  # fmt: skip
    for i in range(5):
        x, y = across * i / 4, low + (high - low) * i / 4
        (left, down), (right, _) = place(0, y), place(across, y)
        parts.append(f'<path d="M{left:.0f} {down:.0f}H{right:.0f}" stroke="#dddddd"/>')
        parts.append(
            f'<text x="{left - 6:.0f}" y="{down + 4:.0f}" text-anchor="end">{y:.2f}</text>'
        )
        foot = place(x, low)
        parts.append(f'<text x="{foot[0]:.0f}" y="{foot[1] + 16:.0f}" text-anchor="middle">'
                     f"{x:.3g}</text>")  # fmt: skip
    parts.append(f'<text x="{(LEFT + WIDTH - RIGHT) / 2:.0f}" y="{HEIGHT - 6}" '
                 f'text-anchor="middle">{x_name}; {y_name}</text>')  # fmt: skip
    for i, (curve, points) in enumerate(zip(curves, shown, strict=True)):
        line = " ".join(f"{a:.1f},{b:.1f}" for a, b in (place(x, y) for x, y in points))
        colour, (x, y) = COLOURS[i % len(COLOURS)], place(*points[-1])
        parts.append(
            f'<polyline points="{line}" fill="none" stroke="{colour}" stroke-width="1.5"/>'
        )
        parts.append(f'<text x="{x + 5:.0f}" y="{y + 4:.0f}" fill="{colour}">{curve.name}</text>')
    return "\n".join([*parts, "</svg>"]) + "\n"


def _thinned(curve: Curve) -> list[tuple[float, float]]:
    points = list(zip(curve.x, curve.y, strict=True))
    points = points[len(points) // 20 :]
    return [*points[:: max(len(points) // POINTS, 1)], points[-1]]
