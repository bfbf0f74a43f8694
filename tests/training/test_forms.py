"""One form in twenty belongs to the evaluation, whatever values fill them."""

from itertools import islice

from training.corpus.forms import for_training, is_test_form, learnt_forms, masked, skeleton
from training.corpus.mix import document, stream
from training.corpus.pen import Doc
from training.corpus.typed_first import PROMPTS


def _asked(text: str) -> Doc:
    return Doc("any", [{"role": "user", "content": text}, {"role": "assistant", "content": "x"}])


def test_names_numbers_and_unknown_words_are_masked_and_sentences_are_not() -> None:
    assert masked("What is 17 plus 260?") == "what is 0 plus 0?"
    assert masked("Write in digits: twenty-one, one hundred, 7") == "write in digits: 0, 0, 0"
    assert masked("Anna lives in Frobbleton.") == masked("Ben lives in Oslo.") == "_ lives in _."


def test_a_form_does_not_depend_on_its_values_nor_on_the_last_answer() -> None:
    one, other = _asked("Where does Anna live?"), _asked("Where does Zork live?")
    other.messages[-1]["content"] = "another answer"
    assert skeleton(one) == skeleton(other) == "user: where does _ live?"
    assert is_test_form(one) == is_test_form(other)


def test_earlier_answers_calls_and_tools_are_part_of_the_form() -> None:
    call = {"type": "function", "function": {"name": "get_time", "arguments": {"city": "Oslo"}}}
    plain = _asked("Where does Anna live?").messages
    called = [plain[0], {"role": "assistant", "content": "", "tool_calls": [call]}, plain[1]]
    told = [plain[0], {"role": "assistant", "content": "In town."}, plain[1]]
    offered = Doc("any", plain, tools=[{"type": "function", "function": {"name": "get_time"}}])
    forms = {skeleton(doc) for doc in (Doc("any", m) for m in (plain, called, told))}
    assert len(forms | {skeleton(offered)}) == 4


def test_training_and_test_streams_share_no_form() -> None:
    trained = [doc for _, doc in islice(stream("s"), 1500)]
    tested = [doc for _, doc in islice(stream("s", held_out=True), 150)]
    assert all(map(is_test_form, tested))
    learnt = {form for doc in trained for _, form in learnt_forms(doc)}
    assert len(learnt) > 1500
    assert not learnt & {skeleton(doc) for doc in tested}


def test_no_answer_to_a_prompt_of_a_test_form_is_learnt_wherever_it_stands() -> None:
    questions = [f"What {'very ' * n}do you like?" for n in range(400)]
    held = next(text for text in questions if is_test_form(_asked(text)))
    plain = [text for text in questions if not is_test_form(_asked(text))]
    answer = {"role": "assistant", "content": "x"}

    def chat(*asked: str) -> Doc:
        pairs = [({"role": "user", "content": text}, answer) for text in asked]
        return Doc("any", [message for pair in pairs for message in pair], key="x")

    assert for_training(chat(held, plain[0])) is None
    whole = next(
        chat(*plain[n : n + 2])
        for n in range(9)
        if for_training(chat(*plain[n : n + 2])) is not None
    )
    assert for_training(whole) == whole
    cut = for_training(chat(plain[0], held, plain[1]))
    assert cut is not None
    assert (cut.messages, cut.key) == (chat(plain[0]).messages, None)


def test_about_one_in_twenty_forms_is_held_out() -> None:
    held = sum(is_test_form(_asked(f"What {'very ' * n}do you like?")) for n in range(1000))
    assert 25 < held < 80


def test_what_people_type_first_is_not_held_out() -> None:
    assert [text for text in PROMPTS if is_test_form(_asked(text))] == []
    assert sum(is_test_form(_asked(f"{text} again and again")) for text in PROMPTS) > 0


def test_a_document_has_one_text_however_often_it_is_asked_for() -> None:
    assert document("s", 5) == document("s", 5)
