"""Demands of system prompts, each done to an ordinary answer, so demands compose.

A demand is an imperative and what it makes of an answer; the same demand holds for every turn of
a chat.
"""

# ruff: noqa: E501 (one template or row to a line)

from __future__ import annotations

import re
from collections.abc import Callable, Sequence

from .counting import compare, yes_no
from .facts import definition, fact
from .numbers import asked, result
from .pen import Doc, Pen, Turn, a, cap, dumps, table
from .prompts import conversation, stated, system_prompt
from .textops import pick_item
from .words import ANIMALS, NAMES, THINGS

Demand = tuple[str, Callable[[str], str]]


def _sentences(answer: str) -> list[str]:
    return [part for part in re.split(r"(?<=[.!?])\s+", answer.strip()) if part]


def _upper(pen: Pen) -> Demand:
    return "[answer|write|reply|speak|respond|talk] [|only ]in [capital letters|upper case|ALL CAPS|uppercase|capitals|block letters]", str.upper  # fmt: skip


def _lower(pen: Pen) -> Demand:
    return "[answer|write|reply|respond] [|only ]in [lower case|small letters|lowercase|lower-case letters]", str.lower  # fmt: skip


def _opening(pen: Pen) -> str:
    """A word or two to begin or to end with, at times with its mark."""
    said = pen.invented() if pen.chance(0.6) else pen.split_pick(THINGS + ANIMALS)
    said = cap(said) if pen.chance(0.6) else said
    said += f" {pen.invented()}" if pen.chance(0.2) else ""
    return said + pen.pick(["", "", "!", ":", "...", "."])


def _begin(pen: Pen) -> Demand:
    said = _opening(pen)
    do = '[begin|start|open] [every|each|your] [answer|reply|response|message] with [|the word ]"{w}"'
    return pen.say(do, w=said), lambda answer: f"{said} {answer}"


def _end(pen: Pen) -> Demand:
    said = _opening(pen)
    do = '[end|finish|close] [every|each|your] [answer|reply|response|message] with [|the word ]"{w}"'
    return pen.say(do, w=said), lambda answer: f"{answer} {said}"


def _both(pen: Pen) -> Demand:
    first, last = _opening(pen), _opening(pen)
    do = '[begin|start] [every|each|your] [answer|reply|response] with "{x}" and [end|finish] [it|] with "{y}"'
    return pen.say(do, x=first, y=last).replace("  ", " "), lambda answer: f"{first} {answer} {last}"  # fmt: skip


def _json(pen: Pen) -> Demand:
    name = pen.pick(["answer", "reply", "text", "response", "result", "message", "output", pen.invented(), pen.invented()])  # fmt: skip
    do = ('[answer|reply|respond|write] [|only ]in JSON with [the|one|the single] [field|key] "{f}"|[give|return|write] [your answer|the answer|a JSON object] [|as JSON ]with the [field|key] "{f}"'
          '|put [your|each|the] answer into [a|the] JSON field "{f}"|use JSON with the [field|key] "{f}" for every answer')  # fmt: skip
    if pen.chance(0.3):
        other, value = pen.invented(2), pen.invented()
        do = f'[{do}], and the [field|key] "{other}", which is always "{value}"'
        return pen.say(do, f=name), lambda answer: dumps({name: answer, other: value})
    return pen.say(f"[{do}]", f=name), lambda answer: dumps({name: answer})


def _bullets(pen: Pen) -> Demand:
    do = "[answer|reply|write|respond] [with a bullet list|in bullet points|as a list with dashes]|use bullet points|put a dash before every sentence|[write|put] each sentence as a bullet point"
    return do, lambda answer: "\n".join(f"- {part}" for part in _sentences(answer))


def _wrapped(pen: Pen) -> Demand:
    """The answer between two marks or tags."""
    tag = pen.pick(["answer", "reply", "out", pen.invented(), pen.invented()])
    do, first, last = pen.pick([
        ("[put|write] [your|every|each|the] [answer|reply] in [round brackets|parentheses]", "(", ")"),
        ("[put|write] [your|every|each|the] [answer|reply] in [bold|bold letters|double asterisks]", "**", "**"),
        ("[put|write] [your|every|each|the] [answer|reply] between [stars|asterisks]", "*", "*"),
        (f"[put|write|wrap] [your|every|each|the] [answer|reply] [in|inside|between] <{tag}> tags", f"<{tag}>", f"</{tag}>"),
        (f"[put|wrap] [your|every|each|the] [answer|reply] in [the tag|a tag called|tags named] {tag}", f"<{tag}>", f"</{tag}>"),
        ("[put|write] [your|every|each|the] [answer|reply] in a code block", "```\n", "\n```"),
    ])  # fmt: skip
    return do, lambda answer: f"{first}{answer}{last}"


def _doubled(pen: Pen) -> Demand:
    return "[say|write|give] [everything|every answer|each answer|your answer] twice|[repeat every answer once|repeat your answer]", lambda answer: f"{answer} {answer}"  # fmt: skip


def _excited(pen: Pen) -> Demand:
    do = "[end every sentence with an exclamation mark|use exclamation marks instead of full stops|put an exclamation mark after every sentence|write only with exclamation marks]"
    return do, lambda answer: re.sub(r"\.(?=\s|$)", "!", answer)


def _address(pen: Pen) -> Demand:
    name = pen.split_pick(NAMES) if pen.chance(0.5) else cap(pen.invented())
    do = "[call|address] the user {n} in [every|each] [answer|reply]|[begin|start] [every|each|your] [answer|reply] with the user's name, {n}|[say|write] the user's name first, which is {n}"
    return pen.say(f"[{do}]", n=name), lambda answer: f"{name}! {answer}"


def _signed(pen: Pen) -> Demand:
    name = pen.split_pick(NAMES) if pen.chance(0.5) else cap(pen.invented())
    do = "[sign [every|each|your] [answer|reply|message] [as|with] {n}|put your name, {n}, under [every|each] [answer|reply]|sign with the name {n}]"
    return pen.say(do, n=name), lambda answer: f"{answer}\n- {name}"


def _smiley(pen: Pen) -> Demand:
    return "[end|finish] [every|each|your] [answer|reply] with a [smiley|smile|smiling face]|[put a smiley at the end|add a smiley]", lambda answer: f"{answer} :)"  # fmt: skip


def _short(pen: Pen) -> Demand:
    do = ("[be brief|answer in one sentence|keep your answers short|be concise|answer briefly|be short|use one sentence|give short answers|say no more than one sentence"
          "|write only one sentence|use few words|keep it short|keep it to one sentence|never write more than one sentence]")  # fmt: skip
    return do, lambda answer: _sentences(answer)[0]


# who or how | what comes first | what comes last
CHARACTERS = table("""
pirate|Arr!|Yo ho ho!
robot|Beep.|Boop.
cowboy|Howdy!|Yee-haw!
wizard|By my beard!|Abracadabra!
knight|By my sword!|For the king!
butler|Certainly, sir.|At your service.
cat|Meow!|Purr.
dog|Woof!|Woof!
ghost|Boo!|Whooo.
""")
MOODS = table("""
formal|Dear user,|Yours sincerely, Prompter.
cheerful|Hooray!|How lovely!
sad|Oh dear.|Sigh.
grumpy|Hmph.|Now leave me alone.
sleepy|Yawn.|Good night.
shy|Um...|Sorry.
excited|Wow!|Amazing!
""")


def _tone(pen: Pen) -> Demand:
    """A character or a mood, by what is said before and after."""
    if pen.chance(0.6):
        who, first, last = pen.pick(CHARACTERS)
        do = ("You are {w}|You are {w}|You are {w}|You are now {w}|You are {w} who helps people|Imagine that you are {w}|You play {w}|[talk|speak|answer|write|reply|respond] like {w}"
              "|sound like {w}|act as {w}|act like {w}|pretend to be {w}|play {w}|be {w}|use the voice of {w}|take the part of {w}|use the words of {w}")  # fmt: skip
        who = a(who)
    else:
        who, first, last = pen.pick(MOODS)
        do = ("You are {w}|You are always {w}|You are very {w}|You are in a {w} mood|You are a {w} assistant|be {w}|be very {w}|sound {w}|use a {w} tone|use a {w} voice"
              "|[answer|reply|write|respond|speak] in a {w} [tone|way|manner|style|voice]|write {w} answers|give {w} answers|be {w} in all you say|make your answers {w}")  # fmt: skip
    return pen.say(f"[{do}]", w=who), lambda answer: f"{first} {answer} {last}"


FORMATS = [_upper, _lower, _begin, _begin, _end, _both, _json, _json, _bullets, _wrapped, _wrapped, _doubled,
           _excited, _address, _signed, _smiley]  # fmt: skip


def demand(pen: Pen, kinds: Sequence[Callable[[Pen], Demand]]) -> Demand:
    """One demand as an imperative, its alternatives chosen."""
    do, apply = pen.pick(kinds)(pen)
    return pen.say(f"[{do}]"), apply


def obeyed(pen: Pen, turns: list[Turn], demands: list[Demand], skill: str) -> Doc:
    """Turns answered under demands that stand in the system prompt or in the first question."""

    def done(answer: str) -> str:
        for _, apply in demands:
            answer = apply(answer)
        return answer

    pairs = [(turn.user, done(turn.answer)) for turn in turns]
    rule = pen.pick([" ", "\n"]).join(stated(pen, do) for do, _ in demands)
    if len(turns) == 1 and pen.chance(0.2):
        asked = pen.pick([f"{turns[0].user}\n{rule}", f"{rule}\n\n{turns[0].user}", f"{rule} {turns[0].user}", f"{turns[0].user} ({rule})"])  # fmt: skip
        messages = conversation("", [(asked, pairs[0][1])])
    else:
        messages = conversation(system_prompt(pen, rule), pairs)
    return Doc(skill, messages, key=pairs[-1][1], exact=True)


def styled(pen: Pen, turns: list[Turn]) -> Doc:
    """Turns under one demand or two."""
    kind = pen.rng.random()
    if kind < 0.3:
        return obeyed(pen, turns, [demand(pen, [_tone])], "tone")
    if kind < 0.42:
        return obeyed(pen, turns, [demand(pen, [_short])], "length")
    demands = [demand(pen, FORMATS)]
    if pen.chance(0.2):
        demands = [
            demand(pen, [_tone, _short, _begin]),
            demand(pen, [_upper, _lower, _json, _wrapped, _end]),
        ]
    return obeyed(pen, turns, demands, "format")


def bare(turn: Turn) -> str:
    """What a full answer comes to, in a word: `4` of `2 + 2 = 4.`"""
    return re.sub(r"^(?:has|so|is|are|=|answer is)\s+|\s+(?:is|comes)$", "", (turn.key or turn.answer).strip(" ."))  # fmt: skip


ONLY = ("[answer with one word only|answer only with the result|give only the answer|reply with the answer only|do not write full sentences|answer in one word"
        "|use a single word|say just the answer|reply with a single word|answer with the result and nothing else|write nothing but the answer|give one-word answers"
        "|answer with just one word|leave out everything but the answer|answer as short as possible|reply in one word|print only the result]")  # fmt: skip


def only(pen: Pen, turn: Turn) -> Doc:
    """A question answered by its result alone."""
    do = pen.say(ONLY)
    return obeyed(pen, [Turn(turn.user, bare(turn), turn.skill)], [(do, str)], "one word")


def _small_sum(pen: Pen) -> Turn:
    """A sum that needs no working, for answers without any."""
    op = pen.pick("++-*")
    x, y = sorted((pen.number(0, 10), pen.number(0, 10)), reverse=True)
    return Turn(asked(pen, x, op, y), str(result(x, op, y)), "small sum")


def plain_turn(pen: Pen) -> Turn:
    """A question with one right answer, for demands to be tested on."""
    while True:
        turn = pen.pick([fact, fact, fact, pick_item, yes_no, compare])(pen)
        if turn.key and turn.skill in ("fact", "list item", "yes or no", "compare"):
            return turn


def one_word(pen: Pen) -> Doc:
    """One to four questions, each answered by one word."""
    turns: list[Turn] = []
    while len(turns) < 1 or pen.chance(0.55):
        turn = pen.pick([plain_turn, plain_turn, _small_sum])(pen)
        why = turn.skill == "fact" and turn.user.startswith(("Why", "How do", "How can"))
        if bare(turn).lstrip("-").isalnum() and not why:
            turns.append(Turn(turn.user, bare(turn), turn.skill))
    return obeyed(pen, turns[:4], [(pen.say(ONLY), str)], "one word")


def _plain_turns(pen: Pen) -> list[Turn]:
    return [plain_turn(pen) for _ in range(pen.pick([1, 1, 2, 3]))]


def length(pen: Pen) -> Doc:
    """One sentence or two, as is demanded."""
    turns: list[Turn] = []
    while not turns or pen.chance(0.4):
        turn = definition(pen)
        if len(_sentences(turn.answer)) == 2:
            turns.append(turn)
    two = "[answer in two sentences|write two sentences|use two sentences|give answers of two sentences|say two sentences|always write two sentences|reply with two sentences]"
    wish: Demand = demand(pen, [_short]) if pen.chance(0.6) else (pen.say(two), str)
    return obeyed(pen, turns[:4], [wish], "length")


def system_format(pen: Pen) -> Doc:
    return obeyed(pen, _plain_turns(pen), [demand(pen, FORMATS)], "format")


def system_tone(pen: Pen) -> Doc:
    return obeyed(pen, _plain_turns(pen), [demand(pen, [_tone])], "tone")


SKILLS: dict[str, Callable[[Pen], Doc | Turn]] = {
    "format": system_format, "tone": system_tone, "one word": one_word, "length": length,
}  # fmt: skip
