"""What the tests of corpus modules share: items of a skill as documents, and what all obey."""

from collections.abc import Callable

from training.corpus.forms import is_test_form, skeleton
from training.corpus.pen import Doc, Pen, Turn

Maker = Callable[[Pen], Doc | Turn]


def as_doc(made: Doc | Turn) -> Doc:
    if isinstance(made, Doc):
        return made
    asked = {"role": "user", "content": made.user}
    answered = {"role": "assistant", "content": made.answer}
    return Doc(made.skill, [asked, answered], key=made.key, exact=made.exact)


def docs_of(maker: Maker, count: int = 200, held_out: bool = False) -> list[Doc]:
    pen = Pen("test", held_out)
    return [as_doc(maker(pen)) for _ in range(count)]


def turns_of(doc: Doc) -> list[tuple[str, str]]:
    said = [m["content"] for m in doc.messages if m["role"] != "system"]
    return list(zip(said[::2], said[1::2], strict=True))


def system_of(doc: Doc) -> str:
    first = doc.messages[0]
    return str(first["content"]) if first["role"] == "system" else ""


def obeys_the_rules_of_all_items(maker: Maker, skill: str) -> None:
    """The key is in the answer, nothing is left of the grammar, and the skill is what is said."""
    for held_out in (False, True):
        for doc in docs_of(maker, 150, held_out):
            answer = doc.messages[-1]["content"]
            assert doc.skill == skill
            assert doc.key
            assert answer == doc.key if doc.exact else doc.key in answer
            for message in doc.messages:
                assert message["content"] == message["content"].strip() != ""
                assert not set("[]|") & set(message["content"]), message["content"]
                assert message["role"] == "assistant" or "{" not in message["content"]


def has_many_forms(maker: Maker, least: int = 300) -> None:
    """Enough distinct prompts that the tenth of them that is kept for tests is a real test."""
    docs = docs_of(maker, 900)
    forms = {skeleton(doc): is_test_form(doc) for doc in docs}
    assert len(forms) >= least
    assert 0.01 < sum(forms.values()) / len(forms) < 0.12
