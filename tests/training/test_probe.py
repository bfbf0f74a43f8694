"""A probe counts an answer as right when every token of it is foretold."""

from tests.requires import need

need("torch")

import numpy as np  # noqa: E402
import torch  # noqa: E402

from training import tokenizer as tokens  # noqa: E402
from training.data import Tokens, lay  # noqa: E402
from training.model import Shape  # noqa: E402
from training.network import Network  # noqa: E402
from training.probe import Prober, _answers, chats, foretold, skill_items  # noqa: E402
from understudy import house  # noqa: E402

TINY = Shape(hidden_size=64, intermediate_size=64, num_hidden_layers=1, num_attention_heads=2,
             num_key_value_heads=1, head_dim=32)  # fmt: skip


def document(learnt: list[int]) -> Tokens:
    return Tokens(np.arange(10, 10 + len(learnt), dtype=np.uint16), np.array(learnt, dtype=bool))


def test_only_the_last_answer_of_a_document_is_judged_and_all_of_it() -> None:
    shard = lay([document([0, 0, 1, 1, 0, 0, 1, 1]), document([0, 1, 1])], 12)
    hits = shard.labels >= 0
    assert _answers(hits, shard) == [True, True]
    hits[1] = False  # in the first answer of the first document
    assert _answers(hits, shard) == [True, True]
    hits[6] = False  # the end of its last
    assert _answers(hits, shard) == [False, True]


def test_what_is_foretold_is_what_the_scores_say() -> None:
    network = Network(TINY, torch.float32)
    shard = lay([document([0, 1, 1, 1, 1, 1])], 8)
    hits, loss = foretold(network, shard)
    logits = network.logits(
        network.hidden(torch.from_numpy(shard.ids), torch.from_numpy(shard.positions), [5, 3])
    )[:5].detach()
    labels = torch.from_numpy(shard.labels[:5])
    assert hits[:5].tolist() == (logits.argmax(dim=1) == labels).tolist()
    assert abs(loss - float(-logits.log_softmax(1)[range(5), labels].sum())) < 1e-3


def test_a_probe_covers_every_skill_of_the_corpus() -> None:
    found = Prober(tokens.load(house.path()), documents=3, items=1)(Network(TINY))
    assert set(found.skills) == set(skill_items(1))
    assert all(of == 1 for _, of in found.skills.values())
    assert 5.0 < found.loss < 12.0


def test_probe_chats_are_not_those_of_training() -> None:
    assert chats(5) == chats(5)
    assert len({str(doc) for doc in chats(20)}) > 15
