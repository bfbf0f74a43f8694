"""The exported folder loads in `transformers` unchanged and says what the checkpoint says."""

import json
from pathlib import Path

from tests.requires import need

need("torch")
need("transformers")

import torch  # noqa: E402
from transformers import AutoModelForCausalLM, AutoTokenizer  # noqa: E402

from training import tokenizer as tokens  # noqa: E402
from training.export import export  # noqa: E402
from training.model import Shape  # noqa: E402
from training.train import Plan, Trainer, load  # noqa: E402
from understudy import house  # noqa: E402

TINY = Shape(hidden_size=64, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
             num_key_value_heads=1, head_dim=32)  # fmt: skip
PLAN = Plan(total_tokens=1024, shard_tokens=256, threads=1, ahead=False)


def test_the_exported_model_is_the_trained_one(tmp_path: Path) -> None:
    trainer = Trainer(PLAN, TINY, tokens.load(house.path()), tmp_path / "run")
    trainer.run()
    size = export(tmp_path / "run" / "checkpoint.pt", house.path(), tmp_path / "model")
    assert size - 2 * TINY.parameters < 4096

    model = AutoModelForCausalLM.from_pretrained(tmp_path / "model", dtype=torch.float32)
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "model")
    ids = tokenizer("Hello there, who are you?", return_tensors="pt").input_ids
    network = load(tmp_path / "run", torch.float32)
    with torch.no_grad():
        theirs = model(ids).logits[0]
        ours = network.logits(network.hidden(ids[0], torch.arange(ids.shape[1]), [ids.shape[1]]))
    assert float((ours - theirs).abs().max()) < 0.05  # weights are stored in bfloat16
    assert torch.equal(ours.argmax(dim=1), theirs.argmax(dim=1))


def test_the_folder_states_the_shape_and_the_ends(tmp_path: Path) -> None:
    trainer = Trainer(PLAN, TINY, tokens.load(house.path()), tmp_path / "run")
    trainer.save()
    export(tmp_path / "run" / "checkpoint.pt", house.path(), tmp_path / "model")
    config = json.loads((tmp_path / "model" / "config.json").read_text())
    assert (config["hidden_size"], config["num_hidden_layers"]) == (64, 2)
    generation = json.loads((tmp_path / "model" / "generation_config.json").read_text())
    assert generation["eos_token_id"] == [tokens.EOS, tokens.EOM, tokens.EOT]
    shipped = {path.name for path in house.path().iterdir() if path.suffix in (".json", ".jinja")}
    assert shipped == {p.name for p in (tmp_path / "model").iterdir()} - {"model.safetensors"}
