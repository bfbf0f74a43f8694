"""The forward pass in plain torch is that of `LlamaForCausalLM`, document by document."""

from itertools import accumulate

import pytest

from tests.requires import need

need("torch")
need("transformers")

import torch  # noqa: E402

from training.model import SHAPES, Shape, build  # noqa: E402
from training.network import Network  # noqa: E402

SMALL = Shape(vocab_size=300, hidden_size=64, intermediate_size=96, num_hidden_layers=3,
              num_attention_heads=4, num_key_value_heads=2, head_dim=16)  # fmt: skip
THREE_TO_A_KEY = Shape(vocab_size=300, hidden_size=48, intermediate_size=96, num_hidden_layers=2,
                       num_attention_heads=6, num_key_value_heads=2, head_dim=32)  # fmt: skip
LENGTHS = [7, 1, 30]


def ids_and_positions() -> tuple[torch.Tensor, torch.Tensor]:
    torch.manual_seed(5)
    ids = torch.randint(0, 300, (sum(LENGTHS),))
    return ids, torch.cat([torch.arange(length) for length in LENGTHS])


@pytest.fixture(params=[SMALL, THREE_TO_A_KEY], ids=["two to a key", "three to a key"])
def pair(request: pytest.FixtureRequest) -> tuple[Network, torch.nn.Module]:
    network, model = Network(request.param, torch.float32), build(request.param)
    model.load_state_dict(network.state_dict())
    return network, model


def documents(ids: torch.Tensor) -> list[torch.Tensor]:
    ends = list(accumulate(LENGTHS))
    return [ids[end - length : end] for end, length in zip(ends, LENGTHS, strict=True)]


def test_logits_are_those_of_transformers_for_each_document_alone(
    pair: tuple[Network, torch.nn.Module],
) -> None:
    network, model = pair
    ids, positions = ids_and_positions()
    ours = network.logits(network.hidden(ids, positions, LENGTHS))
    theirs = torch.cat([model(part[None]).logits[0] for part in documents(ids)])
    assert float((ours - theirs).abs().max().detach()) < 1e-4


def test_gradients_are_those_of_transformers(pair: tuple[Network, torch.nn.Module]) -> None:
    network, model = pair
    ids, positions = ids_and_positions()
    leaves = [leaf for group in network.leaves.values() for leaf in group]
    ours = network.logits(network.hidden(ids, positions, LENGTHS)).square().mean()
    flat = iter(torch.autograd.grad(ours, leaves))
    found = {name: [next(flat) for _ in group] for name, group in network.leaves.items()}
    theirs = torch.cat([model(part[None]).logits[0] for part in documents(ids)]).square().mean()
    theirs.backward()
    wanted = {name: p.grad for name, p in model.named_parameters()}
    layer = "model.layers.1."
    kinds = [layer + f"self_attn.{name}_proj.weight" for name in "qkv"]
    assert torch.allclose(found["qkv"][1], torch.cat([wanted[k] for k in kinds]), atol=1e-6)
    down = wanted[layer + "mlp.down_proj.weight"]
    assert torch.allclose(found["down"][1], down, atol=1e-6)
    assert torch.allclose(found["norms"][3], wanted[layer + "post_attention_layernorm.weight"],
                          atol=1e-6)  # fmt: skip
    both = found["embedding"][0] + found["head"][0]
    assert torch.allclose(both, wanted["model.embed_tokens.weight"], atol=1e-6)


def test_weights_come_back_as_they_were_saved() -> None:
    one, two = Network(SMALL), Network(SMALL)
    for weight in one.weights.values():
        weight.mul_(1.5)
    two.load_state_dict(one.state_dict())
    for name, value in one.state_dict().items():
        assert torch.equal(two.state_dict()[name], value), name
    assert torch.equal(two.leaves["qkv"][2], one.weights["qkv"][2].bfloat16())


@pytest.mark.parametrize("name", SHAPES)
def test_every_shape_fits_in_twenty_megabytes(name: str) -> None:
    shape = SHAPES[name]
    tensors = Network(shape).weights.values()
    assert sum(tensor.numel() for tensor in tensors) == shape.parameters
    assert 2 * shape.parameters < 20_000_000
