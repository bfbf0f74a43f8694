"""Things said earlier in a chat and asked for later, with other talk in between.

A chat tells some things of the user, a few of them corrected later, and asks for them in any
order, along with things that nobody told.
"""

# ruff: noqa: E501 (one row to a line)

from __future__ import annotations

from collections.abc import Callable, Sequence

from .facts import fact
from .numbers import arithmetic
from .passages import typed
from .pen import Doc, Message, Pen, Turn
from .plain import plain_recall
from .smalltalk import talk
from .told import KINDS, together, told

NOT_TOLD = "You have not told me that yet."
# Asked for without having been told: only what needs no other word to be asked.
OPEN = [name for name, kind in KINDS.items() if "{" not in kind.question]
LABELS = {"name": "name", "city": "city", "colour": "favourite colour", "food": "favourite food",
          "animal": "pet", "age": "age", "job": "job", "hobby": "hobby", "birthday": "birthday",
          "plays": "instrument", "drink": "drink", "room": "room", "firm": "company"}  # fmt: skip
ASKING = ["And {l}", "Now, {l}", "By the way, {l}", "Do you remember? {q}", "Tell me: {q}", "OK. {q}",
          "One more question: {q}", "Thanks. {q}", "Hm, {l}", "So, {l}"]  # fmt: skip
FIXING = ["No, {l}", "Sorry, {l}", "Actually, {l}", "Wait, {l}", "I was wrong. {q}", "Oh, {l}",
          "Correction: {l}", "I made a mistake. {q}", "That was wrong. {q}", "From now on, {l}"]  # fmt: skip
FIX_NOW = ["No, I mean {v}", "Sorry, {v}, not {o}", "Not {o}, but {v}", "I meant {v}", "Make that {v}",
           "No, {v}", "Change {o} to {v}", "Wait, it is {v}", "Oh, I should say {v}, not {o}"]  # fmt: skip

Slots = dict[str, str]


def _small(text: str) -> str:
    return text if text.split()[0] in ("I", "I'm") else text[:1].lower() + text[1:]


def _frame(pen: Pen, frames: Sequence[str], text: str) -> str:
    return pen.pick(frames).replace("{l}", _small(text)).replace("{q}", text)


class _Chat:
    """A chat in the making: what was said, and what holds now."""

    def __init__(self, pen: Pen) -> None:
        self.pen = pen
        self.messages: list[Message] = []
        self.known: dict[str, Slots] = {}
        self.fixed: set[str] = set()
        self.taken: set[str] = set()
        self.skill, self.key = "recall", ""

    def add(self, user: str, answer: str) -> None:
        self.messages += [
            {"role": "user", "content": user},
            {"role": "assistant", "content": answer},
        ]

    def tell(self, kinds: Sequence[str], request: Turn | None = None) -> None:
        """Tell these in one message; with a request behind them, that is what is answered."""
        said, replies = [], []
        for kind in kinds:
            slots = self.known[kind] = told(self.pen, kind, self.taken)
            said.append(self.pen.say(KINDS[kind].said, **slots))
            replies.append(self.pen.say(KINDS[kind].reply, **slots))
        user = " ".join(text if text[-1] in ".!" else text + "." for text in said)
        if request:
            self.add(f"{user} {request.user}", request.answer)
        else:
            self.add(user, replies[0] if len(kinds) == 1 else "I will remember all of that.")

    def tell_in_system(self, kinds: Sequence[str]) -> None:
        """What is known of the user before the chat begins."""
        for kind in kinds:
            self.known[kind] = told(self.pen, kind, self.taken)
        if all(kind in LABELS for kind in kinds):
            facts = ", ".join(f"{LABELS[kind]} {self.known[kind]['v']}" for kind in kinds)
            text = self.pen.say("[Notes on the user|The user|What you know of the user]: ") + facts
        else:
            said = " ".join(self.pen.say(KINDS[k].said, **self.known[k]) for k in kinds)
            text = self.pen.say("[The user told you|What the user said before|Memory]: ") + said
        lead = self.pen.say("[|You are a helpful assistant. |You have a good memory. ]")
        self.messages.append({"role": "system", "content": lead + text.rstrip(".") + "."})

    def fix(self, kind: str, now: bool) -> None:
        """Another value; `now` when the old one was told just before."""
        old = self.known[kind]
        fresh = told(self.pen, kind, self.taken)
        if kind == "pet":
            fresh = {**old, "w": fresh["w"]}
        elif kind == "place":
            fresh["w"] = old["w"]
        fresh["u"] = old["u"]
        mark = "w" if kind == "pet" else "a_v" if "<{a_v}>" in KINDS[kind].answer else "v"
        if now and kind != "meeting":
            frame = self.pen.pick(FIX_NOW)
            user = frame.replace("{v}", fresh[mark]).replace("{o}", old[mark]) + "."
        else:
            said = self.pen.say(KINDS[kind].said, **fresh)
            if kind == "name":
                said = self.pen.say("[Call me|My name is|Please call me] {v}.", **fresh)
            user = _frame(self.pen, FIXING, said)
        value = f"{fresh['v']} at {fresh['w']}" if kind == "meeting" else fresh[mark]
        self.known[kind] = fresh
        self.fixed.add(kind)
        self.add(user, f"All right, I will remember {value}.")

    def ask(self, kinds: Sequence[str]) -> None:
        """Ask for one thing, or for two at once."""
        asked, answers = [], []
        for kind in kinds:
            slots = self.known.get(kind, {})
            question = self.pen.say(KINDS[kind].question, **slots)
            asked.append(question + ("." if question.startswith(("Say", "Tell")) else "?"))
            answer = self.pen.say(KINDS[kind].answer, **slots) if slots else NOT_TOLD
            self.key = _key(answer)
            answers.append(answer.replace("<", "").replace(">", ""))
        last = kinds[-1]
        self.skill = "not told" if last not in self.known else (
            "recall corrected" if last in self.fixed else "recall")  # fmt: skip
        user = _frame(self.pen, ASKING, asked[0]) if self.pen.chance(0.2) else asked[0]
        if len(asked) > 1:
            user = self.pen.pick([f"{user} {asked[1]}", f"{user[:-1]}, and {_small(asked[1])}"])
        self.add(typed(self.pen, user), " ".join(answers))

    def doc(self) -> Doc:
        return Doc(self.skill, self.messages, key=self.key)


def _key(answer: str) -> str:
    return answer.split("<")[1].split(">")[0] if "<" in answer else "not told me"


def _kinds(pen: Pen, count: int) -> list[str]:
    """Kinds that can stand together in one chat."""
    while True:
        kinds = pen.sample(list(KINDS), count)
        if together(kinds):
            return kinds


def _unknown(pen: Pen, chat: _Chat) -> str | None:
    free = [k for k in OPEN if k not in chat.known and together([*chat.known, k])]
    return pen.pick(free) if free else None


def _history(pen: Pen, between: Sequence[Turn]) -> _Chat:
    """The telling: in one message or several, some of it in the system, with other talk."""
    chat, rest = _Chat(pen), list(between)
    kinds = _kinds(pen, pen.pick([1, 2, 2, 3, 3, 4, 4, 5]))
    if pen.chance(0.1):
        count = pen.number(1, len(kinds))
        chat.tell_in_system(kinds[:count])
        kinds = kinds[count:]
    while kinds:
        count = min(len(kinds), pen.pick([1, 1, 1, 2, 3]))
        if kinds[0] in OPEN and pen.chance(0.06):
            chat.ask(kinds[:1])
        request = rest.pop() if rest and pen.chance(0.15) else None
        chat.tell(kinds[:count], request)
        if count == 1 and not request and pen.chance(0.08):
            chat.fix(kinds[0], now=True)
        kinds = kinds[count:]
        if rest and pen.chance(0.35):
            turn = rest.pop()
            chat.add(turn.user, turn.answer)
        if pen.chance(0.2):
            chat.ask([pen.pick(list(chat.known))])
    if pen.chance(0.25):
        chat.fix(pen.pick(list(chat.known)), now=False)
    for turn in rest:
        chat.add(turn.user, turn.answer)
    return chat


def recall(pen: Pen, between: Sequence[Turn]) -> Doc:
    """One to five things are told, other turns may follow, and most of them are asked back."""
    if pen.chance(0.22):
        return plain_recall(pen, between)
    chat = _history(pen, between)
    kinds = pen.sample(list(chat.known), len(chat.known))
    for kind in kinds[: pen.number(1, 5)]:
        if pen.chance(0.15) and (open_ := _unknown(pen, chat)):
            chat.ask([open_])
        others = [other for other in kinds if other != kind]
        chat.ask([pen.pick(others), kind] if others and pen.chance(0.1) else [kind])
    return chat.doc()


def recall_corrected(pen: Pen, between: Sequence[Turn]) -> Doc:
    """The last question is for something that was corrected."""
    chat = _history(pen, between)
    kind = pen.pick(list(chat.known))
    if kind not in chat.fixed:
        chat.fix(kind, now=False)
    for other in chat.known:
        if other != kind and pen.chance(0.4):
            chat.ask([other])
    chat.ask([kind])
    return chat.doc()


def not_told(pen: Pen, between: Sequence[Turn] = ()) -> Doc:
    """Asked for something nobody said, though other things may have been."""
    chat = _history(pen, between) if pen.chance(0.7) else _Chat(pen)
    for kind in chat.known:
        if pen.chance(0.3):
            chat.ask([kind])
    chat.ask([_unknown(pen, chat) or pen.pick([k for k in OPEN if k not in chat.known])])
    return chat.doc()


def recall_words(pen: Pen, between: Sequence[Turn]) -> Doc:
    """The very words of an earlier message are asked for."""
    chat = _Chat(pen)
    turns = [turn for turn in between if len(turn.user) + len(turn.answer) < 160]
    for turn in turns or [talk(pen)]:
        chat.add(turn.user, turn.answer)
    users = [m["content"] for m in chat.messages if m["role"] == "user"]
    answers = [m["content"] for m in chat.messages if m["role"] == "assistant"]
    question, said = pen.pick([
        ("[What did I just say|What was my last message|What did I write last|Repeat what I said"
         "|What have I just asked you|What did I say before this]?", f"You said: {users[-1]}"),
        ("[What did I say first|What was my first message|How did I begin this chat"
         "|What was the first thing I said]?", f"You said: {users[0]}"),
        ("[What did you just say|Repeat your last answer|What was your last answer|Say that again"
         "|Can you repeat that]?", f"I said: {answers[-1]}"),
        ("[What did you say first|What was your first answer|What did you answer first]?",
         f"I said: {answers[0]}"),
    ])  # fmt: skip
    chat.add(pen.say(question), said)
    return Doc("recall words", chat.messages, key=said.split(": ", 1)[1])


def some_talk(pen: Pen) -> list[Turn]:
    """Turns that tell nothing of the user, to stand between telling and asking."""
    makers: list[Callable[[Pen], Turn]] = [talk, fact, fact, arithmetic]
    return [pen.pick(makers)(pen) for _ in range(pen.pick([0, 0, 1, 1, 2, 3]))]


def _recalled(pen: Pen) -> Doc:
    while True:
        doc = recall(pen, some_talk(pen))
        if doc.skill == "recall":
            return doc


SKILLS: dict[str, Callable[[Pen], Doc | Turn]] = {
    "recall": _recalled,
    "recall corrected": lambda pen: recall_corrected(pen, some_talk(pen)),
    "recall words": lambda pen: recall_words(pen, some_talk(pen)),
    "not told": lambda pen: not_told(pen, some_talk(pen)),
}
