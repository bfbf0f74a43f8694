"""The adapter script on a tiny random model: what is learnt, written, merged and refused."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path

import pytest

from tests.requires import need

need("torch")
need("transformers")

import torch  # noqa: E402

from training import lora  # noqa: E402
from training.export import export  # noqa: E402
from training.lora_check import adapter_of, merge  # noqa: E402
from training.lora_data import Encoder, examples  # noqa: E402
from training.lora_train import LoraTrainer, Options, load  # noqa: E402
from training.model import Shape, build  # noqa: E402
from training.peft_export import CONFIG, WEIGHTS, save  # noqa: E402
from training.tokenizer import load as load_tokenizer  # noqa: E402
from understudy import house  # noqa: E402
from understudy.engine.lora import KINDS  # noqa: E402
from understudy.engine.safetensors import SafetensorsFile  # noqa: E402

SHAPE = Shape(hidden_size=64, intermediate_size=96, num_hidden_layers=2, num_attention_heads=2,
              num_key_value_heads=1, head_dim=32)  # fmt: skip
OPTIONS = Options(rank=4, alpha=6.0, steps=30, rate=0.02, tokens_per_step=256, length=64, threads=1)
LINES = [{"prompt": f"What is {i}?", "completion": f"It is the number {i}."} for i in range(9)]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder of a tiny model with random weights, in the house model's form."""
    folder = tmp_path_factory.mktemp("base")
    torch.manual_seed(3)
    checkpoint = folder / "checkpoint.pt"
    torch.save({"model": build(SHAPE).state_dict(), "shape": asdict(SHAPE)}, checkpoint)
    export(checkpoint, house.path(), folder)
    return folder


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("data") / "my.jsonl"
    path.write_text("".join(json.dumps(line) + "\n" for line in LINES))
    return path


@pytest.fixture(scope="module")
def trained(base: Path, data: Path) -> tuple[LoraTrainer, list[float]]:
    trainer = LoraTrainer(base, OPTIONS)
    lines = examples(data, Encoder(load_tokenizer(base), 2048))
    return trainer, [progress.loss for progress in trainer.run(lines, every=5)]


@pytest.fixture(scope="module")
def folder(
    trained: tuple[LoraTrainer, list[float]], tmp_path_factory: pytest.TempPathFactory
) -> Path:
    target = tmp_path_factory.mktemp("adapter")
    save(target, trained[0].layers, OPTIONS, "tiny")
    return target


def test_a_few_steps_lower_the_loss(trained: tuple[LoraTrainer, list[float]]) -> None:
    losses = trained[1]
    assert len(losses) == 6
    assert losses[-1] < losses[0] - 0.5


def test_the_base_stays_as_it_is(trained: tuple[LoraTrainer, list[float]], base: Path) -> None:
    plain = load(base)
    for name, layer in trained[0].layers.items():
        assert torch.equal(layer.base.weight.cpu(), plain.get_submodule(name).weight), name
    embedding = trained[0].model.get_input_embeddings().weight
    assert torch.equal(embedding.cpu(), plain.get_input_embeddings().weight)


def test_the_engine_reads_what_was_written(
    trained: tuple[LoraTrainer, list[float]], folder: Path, base: Path
) -> None:
    adapter = adapter_of(folder, base)
    assert adapter.rank == 4
    assert adapter.matrices.keys() == trained[0].layers.keys()
    assert len(adapter.matrices) == 2 * len(KINDS)
    for name, (a, b) in adapter.matrices.items():
        layer = trained[0].layers[name]
        torch.testing.assert_close(torch.from_numpy(a), layer.a.detach().cpu(), rtol=0, atol=0)
        expected = layer.b.detach().cpu() * 1.5
        torch.testing.assert_close(torch.from_numpy(b), expected, rtol=0, atol=1e-6)
        assert b.any()


def test_merged_weights_are_the_base_plus_scale_b_a(
    trained: tuple[LoraTrainer, list[float]], folder: Path, base: Path
) -> None:
    merged = load(base)
    merge(merged, adapter_of(folder, base))
    for name, layer in trained[0].layers.items():
        expected = layer.base.weight + 1.5 * layer.b @ layer.a
        found = merged.get_submodule(name).weight
        torch.testing.assert_close(found, expected.detach().cpu(), rtol=0, atol=1e-6)


def test_the_merged_model_says_what_the_trained_one_says(
    trained: tuple[LoraTrainer, list[float]], folder: Path, base: Path
) -> None:
    merged = load(base)
    plain = load(base)
    merge(merged, adapter_of(folder, base))
    ids = torch.arange(20, 60)[None]
    with torch.no_grad():
        expected = trained[0].model(ids.to(trained[0].device)).logits.cpu()
        torch.testing.assert_close(merged(ids).logits, expected, rtol=1e-4, atol=1e-4)
        assert (plain(ids).logits - expected).abs().max() > 0.1


def test_the_folder_has_the_names_that_peft_gives(folder: Path) -> None:
    assert sorted(path.name for path in folder.iterdir()) == [CONFIG, WEIGHTS]
    config = json.loads((folder / CONFIG).read_text())
    assert config["peft_type"] == "LORA"
    assert config["task_type"] == "CAUSAL_LM"
    assert (config["r"], config["lora_alpha"]) == (4, 6)
    assert config["target_modules"] == sorted(KINDS)
    with SafetensorsFile(folder / WEIGHTS) as file:
        entry = file.tensors["base_model.model.model.layers.1.self_attn.q_proj.lora_A.weight"]
        assert (entry.dtype, entry.shape) == ("F32", (4, 64))
        entry = file.tensors["base_model.model.model.layers.0.mlp.down_proj.lora_B.weight"]
        assert entry.shape == (64, 4)


def command(base: Path, data: Path, out: Path, *more: str) -> int:
    return lora.main(["--data", str(data), "--out", str(out), "--base", str(base), "--steps", "3",
                      "--tokens-per-step", "128", "--threads", "1", *more])  # fmt: skip


def test_the_same_seed_gives_the_same_bytes(base: Path, data: Path, tmp_path: Path) -> None:
    for name, seed in (("one", "7"), ("same", "7"), ("other", "8")):
        assert command(base, data, tmp_path / name, "--seed", seed) == 0
    one, same, other = (
        [(tmp_path / name / file).read_bytes() for file in (CONFIG, WEIGHTS)]
        for name in ("one", "same", "other")
    )
    assert one == same
    assert one[0] == other[0]
    assert one[1] != other[1]


def test_the_command_prints_the_loss_and_adapts_only_what_is_asked(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    asked = ["--targets", "v_proj", "q_proj", "v_proj", "--rank", "2"]
    assert command(base, data, tmp_path / "out", *asked) == 0
    said = capsys.readouterr().out
    assert "9 conversations" in said
    assert "step 3 of 3  loss " in said
    assert "read back: rank 2, 4 layers" in said
    config = json.loads((tmp_path / "out" / CONFIG).read_text())
    assert config["target_modules"] == ["q_proj", "v_proj"]


def test_a_budget_of_minutes_is_kept(base: Path, data: Path, tmp_path: Path) -> None:
    arguments = ["--data", str(data), "--out", str(tmp_path / "out"), "--base", str(base),
                 "--minutes", "0.001", "--threads", "1"]  # fmt: skip
    assert lora.main(arguments) == 0
    assert adapter_of(tmp_path / "out", base).rank == 8


def test_a_bad_line_is_named_and_nothing_is_written(
    base: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "bad.jsonl"
    path.write_text(json.dumps(LINES[0]) + '\n{"prompt": "x"}\n')
    assert command(base, path, tmp_path / "out") == 1
    assert "line 2: 'completion' must be a string, not null" in capsys.readouterr().err
    assert not (tmp_path / "out").exists()


def test_an_adapter_is_replaced_only_when_asked(
    base: Path, data: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / CONFIG).write_text("{}")
    assert command(base, data, tmp_path) == 1
    assert "--replace writes over it" in capsys.readouterr().err
    assert (tmp_path / CONFIG).read_text() == "{}"
    assert command(base, data, tmp_path, "--replace") == 0
    assert adapter_of(tmp_path, base).rank == 8


@pytest.mark.parametrize(
    ("file", "text", "why"),
    [
        ("chat_template.jinja", "{{ messages }}", "has not the house model's chat template"),
        ("config.json", None, "has no config.json"),
    ],
)
def test_a_folder_that_cannot_be_the_base_is_refused(
    file: str, text: str | None, why: str, base: Path, data: Path, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    other = tmp_path / "base"
    other.mkdir()
    for path in base.iterdir():
        (other / path.name).write_bytes(path.read_bytes())
    (other / file).unlink()
    if text is not None:
        (other / file).write_text(text)
    assert command(other, data, tmp_path / "out") == 1
    assert why in capsys.readouterr().err


@pytest.mark.parametrize(
    "asked",
    ["--rank 65", "--rank x", "--alpha nan", "--rate 0", "--steps 0", "--targets lm_head"],
)
def test_settings_out_of_range_are_refused(
    asked: str, base: Path, data: Path, tmp_path: Path
) -> None:
    with pytest.raises(SystemExit) as stopped:
        command(base, data, tmp_path / "out", *asked.split())
    assert stopped.value.code == 2


def test_own_lines_need_a_folder_to_write(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert lora.main(["--data", str(data)]) == 1
    assert "--data needs --out" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("flag", "name", "verb"),
    [("--manner", "pirate", "obeyed"), ("--skill", "tickets", "right")],
)
def test_a_built_in_adapter_is_one_command_and_is_checked(
    flag: str, name: str, verb: str, base: Path, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    monkeypatch.setattr(lora, "DOCUMENTS", 20)
    monkeypatch.setattr(lora, "ADAPTERS", tmp_path)
    arguments = [flag, name, "--base", str(base), "--steps", "2", "--items", "3", "--threads", "1"]
    assert lora.main(arguments) == 0
    assert f"{verb} 0 of 3 held-out items" in capsys.readouterr().out
    assert adapter_of(tmp_path / name, base).rank == 8
