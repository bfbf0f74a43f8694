"""Shapes are compared by runs of their own; a stopped run is reproduced."""

import json
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest

from tests.requires import need

need("torch")

from training import shapes, tokenizer  # noqa: E402
from training.curves import Curve, draw  # noqa: E402
from training.model import SHAPES, Shape  # noqa: E402
from training.probe import Prober  # noqa: E402
from training.reproduce import reproduce  # noqa: E402
from training.train import Plan  # noqa: E402
from understudy import house  # noqa: E402

TOKENIZER = tokenizer.load(house.path())
TINY = Shape(hidden_size=64, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
             num_key_value_heads=1, head_dim=32)  # fmt: skip
PLAN = Plan(total_tokens=20_000, shard_tokens=256, threads=1, ahead=False)


class FewItems(Prober):
    def __init__(self, *_: object) -> None:
        super().__init__(TOKENIZER, documents=2, items=1)


@pytest.fixture
def few(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("shapes", "reproduce"):
        monkeypatch.setattr(f"training.{module}.Prober", FewItems)


@pytest.mark.usefixtures("few")
def test_every_shape_gets_a_row_and_a_curve(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, shape in (("1x64", TINY), ("2x64", replace(TINY, num_hidden_layers=2))):
        monkeypatch.setitem(SHAPES, name, shape)
    rows = shapes.compare(["1x64", "2x64"], PLAN, TOKENIZER, tmp_path)
    assert [row["shape"] for row in rows] == ["1x64", "2x64"]
    assert all(row["tokens"] >= 20_000 for row in rows)
    assert json.loads((tmp_path / "shapes.json").read_text()) == rows
    assert (tmp_path / "shapes.md").read_text().count("\n") == 4
    picture = ElementTree.parse(tmp_path / "shapes.svg")
    assert len(picture.findall("{http://www.w3.org/2000/svg}polyline")) == 2


@pytest.mark.usefixtures("few")
def test_a_run_stopped_half_way_agrees_with_one_run_through(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert reproduce(replace(PLAN, total_tokens=3000), TINY, TOKENIZER, tmp_path)
    assert "largest difference of any weight: 0\n" in capsys.readouterr().out


def test_the_clock_cannot_be_reproduced(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="tokens"):
        reproduce(replace(PLAN, total_tokens=0), TINY, TOKENIZER, tmp_path)


def test_a_curve_is_drawn_within_its_frame() -> None:
    picture = ElementTree.fromstring(
        draw([Curve("a", range(100), [5 / (x + 1) for x in range(100)])], "minutes", "loss")
    )
    line = picture.find("{http://www.w3.org/2000/svg}polyline")
    assert line is not None
    points = [tuple(map(float, p.split(","))) for p in line.attrib["points"].split()]
    assert all(0 <= x <= 640 and 0 <= y <= 360 for x, y in points)
    assert points[0][1] < points[-1][1]
