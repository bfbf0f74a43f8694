"""Lists and sentences changed by order: case, order, one item, replacing, laying out."""

# ruff: noqa: E501 (one template to a line)

from __future__ import annotations

from collections.abc import Callable

from .asking import ask, hand
from .copying import WORDS, listed, repeat, sentence, words
from .pen import Doc, Pen, Turn, cap, join
from .spelling import ORDINALS, SHORT_ORDINALS, spellable

BETWEEN = [", ", ", ", ", ", "\n", " "]


def _sortable(pen: Pen) -> list[str]:
    """Distinct words whose first letters can be known (see `spelling`)."""
    return list(dict.fromkeys(spellable(pen).lower() for _ in range(pen.number(2, 6))))


def upper(pen: Pen) -> Turn:
    """Into capitals, into small letters, or with each first letter large."""
    if pen.held_out or pen.chance(0.5):
        text = " ".join(spellable(pen) for _ in range(pen.number(1, 5)))
    else:
        text = " ".join(words(pen, 1, 4)) if pen.chance(0.3) else sentence(pen)
    kind = pen.pick(["upper", "upper", "upper", "lower", "lower", "title"])
    do = {
        "upper": "[write {o} in upper case|upper-case {o}|write {o} in capital letters|make {o} uppercase|convert {o} to uppercase|put {o} into capitals|turn {o} into upper case|write {o} in capitals"
                 "|change {o} to capital letters|write {o} in ALL CAPS|use only capital letters for {o}|write in upper case|write in capital letters|make uppercase|convert to uppercase|upper-case|shout {o}]",
        "lower": "[write {o} in lower case|lower-case {o}|write {o} in small letters|make {o} lowercase|convert {o} to lowercase|put {o} into small letters|turn {o} into lower case"
                 "|change {o} to small letters|use only small letters for {o}|write {o} without capitals|write in lower case|make lowercase|convert to lowercase|write in small letters]",
        "title": "[write {o} with a capital letter at each word|capitalise each word of {o}|put {o} into title case|give every word of {o} a capital letter|convert {o} to title case"
                 "|start each word of {o} with a capital letter|capitalise each word|write in title case|use title case|capitalise {o}]",
    }[kind]  # fmt: skip
    source = {"upper": text, "lower": pen.pick([text.upper(), text.upper(), text.title()]), "title": text.lower()}[kind]  # fmt: skip
    done = {"upper": source.upper(), "lower": source.lower(), "title": source.title()}[kind]
    what = pen.pick(["this", "this text", "the text", "these words", "the following", "it all"])
    user = hand(pen, pen.say(do, o=what), source)
    return Turn(user, done, "letter case", done, True)


def reverse(pen: Pen) -> Turn:
    between = pen.pick(BETWEEN)
    chosen = words(pen, 2, 6) if pen.chance(0.75) else [str(pen.number(0, 99)) for _ in range(pen.number(2, 7))]  # fmt: skip
    back = listed(chosen[::-1], between)
    user = hand(pen, "[reverse this list|write this list backwards|reverse the order|put these in reverse order|turn this list around|reverse the list|reverse these|reverse these words"
                "|list these backwards|give me this list backwards|write the words in reverse order|start from the end of this list|repeat this list backwards"
                "|say these in the opposite order|read this list from last to first|reverse the order of these|write the last first]",
                listed(chosen, between))  # fmt: skip
    return Turn(user, back, "reversing", back, True)


def sort_words(pen: Pen) -> Turn:
    between = pen.pick(BETWEEN)
    chosen = _sortable(pen)
    done = listed(sorted(chosen), between)
    what = "[these words|this list|the words|the list|these|the following words|these items]"
    user = hand(pen, f"[sort {what} [alphabetically|in alphabetical order|by alphabet|from A to Z]|put {what} in alphabetical order|put {what} in ABC order"
                f"|order {what} [alphabetically|from A to Z]|arrange {what} [alphabetically|in alphabetical order]|bring {what} into alphabetical order"
                f"|list {what} in alphabetical order|write {what} in alphabetical order|alphabetise {what}]", listed(chosen, between))  # fmt: skip
    return Turn(user, done, "sorting words", done, True)


def sort_numbers(pen: Pen) -> Turn:
    between, down = pen.pick(BETWEEN), pen.chance(0.3)
    row = pen.sample(range(pen.pick([10, 100, 100])), pen.number(2, 7))
    done = listed([str(n) for n in sorted(row, reverse=down)], between)
    way = ("[from large to small|in descending order|from the largest to the smallest|from high to low|downwards|largest first|starting with the largest]" if down else
           "[|from small to large|in ascending order|from the smallest to the largest|from low to high|upwards|smallest first|by size|starting with the smallest]")  # fmt: skip
    what = "[these numbers|this list|the numbers|these|the following numbers|the list]"
    do = pen.say(f"[sort|order|arrange|put in order:] {what} {way}" if not down else f"[sort|order|arrange|list|put] {what} {way}").strip()  # fmt: skip
    user = hand(
        pen, do.replace("put in order:", "put in order"), listed([str(n) for n in row], between)
    )
    return Turn(user, done, "sorting numbers", done, True)


def sort(pen: Pen) -> Turn:
    return (sort_words if pen.chance(0.5) else sort_numbers)(pen)


def pick_item(pen: Pen) -> Turn:
    """The first, third or last of a list, or of a sentence."""
    plain = pen.chance(0.3)
    chosen = sentence(pen).replace(",", "").split(" ") if plain else words(pen, 3, 6)
    i = pen.pick(
        [0, -1, pen.number(0, min(len(chosen), 6) - 1), pen.number(0, min(len(chosen), 6) - 1)]
    )
    where = "last" if i == -1 else ORDINALS[i]
    shown = SHORT_ORDINALS[i] if i >= 0 and pen.chance(0.2) else where
    kind = "word" if plain else pen.pick(["word", "item", "word", "entry", "one"])
    question = pen.chance(0.4)
    matter = " ".join(chosen) if plain else listed(chosen, ", " if question else pen.pick(BETWEEN))
    place = pen.pick(["of this sentence", "in this sentence", "of this text"] if plain else ["in this list", "of this list", "here", "of these", "in the list", "below"])  # fmt: skip
    if question:
        user = pen.say(ask(pen, pen.pick([
            "what is the {o} {k} {p}: {l}?", "which is the {o} {k} {p}: {l}?", "what's the {o} {k} {p}: {l}?", "which {k} is the {o} {p}: {l}?",
            "{l}: what is the {o} {k}?", "{l}. Which {k} comes {o}?", "which {k} comes {o} {p}: {l}?"])), o=shown, k=kind, p=place, l=matter)  # fmt: skip
    else:
        user = hand(
            pen,
            f"[give me|tell me|find|say|write|name|pick|show me|copy|read] the {shown} {kind} {place}",
            matter,
        )
    return Turn(
        user,
        f"The {where} {'word' if plain else 'item'} is {chosen[i]}.",
        "list item",
        f"is {chosen[i]}.",
    )


def replace(pen: Pen) -> Turn:
    """One word for another, one taken out, or one put in."""
    chosen = words(pen, 3, 6) if pen.chance(0.5) else sentence(pen).split(" ")
    old, new = pen.pick(chosen), pen.split_pick(WORDS) if pen.chance(0.5) else pen.invented()
    between = pen.pick(BETWEEN) if not chosen[0][0].isupper() else " "
    kind = pen.pick(["replace", "replace", "remove", "add"])
    if kind == "replace":
        done = [new if w == old else w for w in chosen]
        do = ("[replace {x} [with|by] {y}|change {x} to {y}|put {y} in place of {x}|swap {x} for {y}|turn {x} into {y}|write {y} instead of {x}|use {y} instead of {x}"
              "|exchange {x} for {y}|substitute {y} for {x}]")  # fmt: skip
    elif kind == "remove":
        done = [w for w in chosen if w != old]
        do = "[remove {x}|take out {x}|delete {x}|leave out {x}|drop {x}|write this without {x}|strike out {x}|cut {x}|take away {x}]"
    else:
        done = [*chosen, new]
        do = "[add {y} at the end|put {y} at the end|append {y}|add {y} as the last word|end this with {y}|put {y} last|add the word {y}]"  # fmt: skip
    quoted = pen.chance(0.25)
    slots = {"x": f'"{old}"' if quoted else old, "y": f'"{new}"' if quoted else new}
    where = (
        pen.say("[|| in this text| here| in this list| in the following]")
        if kind == "replace"
        else ""
    )
    user = hand(pen, pen.say(do, **slots) + where, listed(chosen, between))
    text = listed(done, between)
    return Turn(user, text, "replacing", text, True)


def lay_out(pen: Pen) -> Turn:
    """Items in one layout, wanted in another."""
    chosen = words(pen, 2, 6)
    shapes = {
        "bullets": ("[make a bullet list of {o}|write {o} as a bullet list|turn {o} into bullet points|list {o} with dashes|write {o} with bullet points|use bullet points for {o}|put a dash before each of {o}]", "\n".join(f"- {w}" for w in chosen)),
        "numbers": ("[make a numbered list of {o}|write {o} as a numbered list|number {o}|turn {o} into a numbered list|list {o} with numbers|put numbers before {o}]", "\n".join(f"{i}. {w}" for i, w in enumerate(chosen, 1))),
        "commas": ("[write {o} with commas between|separate {o} with commas|write {o} in one line with commas|join {o} with commas|put commas between {o}|turn {o} into a comma list]", ", ".join(chosen)),
        "lines": ("[write {o} one to a line|put each of {o} on its own line|write each of {o} on a new line|list {o} one per line|write {o} line by line|write {o} below each other]", "\n".join(chosen)),
        "and": ("[join {o} with and|write {o} as a phrase with and|put {o} into one phrase|write {o} like in a sentence|write {o} with and before the last]", join(chosen)),
    }  # fmt: skip
    wanted = pen.pick(list(shapes))
    given = pen.pick([name for name in shapes if name != wanted])
    do, text = shapes[wanted]
    what = pen.pick(
        ["these", "these words", "these items", "the following", "the words", "the items"]
    )
    user = hand(pen, pen.say(do, o=what), shapes[given][1])
    return Turn(user, text, "laying out", text, True)


def join_up(pen: Pen) -> Turn:
    """First and last names, or any two parts, put together or taken apart."""
    rows = [(cap(pen.invented()), cap(pen.invented())) for _ in range(pen.number(1, 4))]
    given = "\n".join(f"{x} {y}" for x, y in rows)
    do, shape = pen.pick([
        ("[swap the two names|write the last name first|turn each name around|put the second name first|reverse each name]", "{1} {0}"),
        ("[write only the first names|give me the first names|keep the first names|list the first names]", "{0}"),
        ("[write only the last names|give me the last names|keep the last names|list the last names]", "{1}"),
        ("[write the last name, a comma and the first name|put the last name first, with a comma|write each as last name, first name]", "{1}, {0}"),
    ])  # fmt: skip
    text = "\n".join(shape.format(*row) for row in rows)
    return Turn(hand(pen, do, given), text, "names", text, True)


def text_op(pen: Pen) -> Turn:
    """Any of these, copying among them, in the shares that a chat should meet them."""
    kinds = [repeat, upper, reverse, sort, pick_item, replace, lay_out, join_up]
    return pen.rng.choices(kinds, [4, 2, 2, 3, 2, 1.5, 1, 0.5])[0](pen)


SKILLS: dict[str, Callable[[Pen], Doc | Turn]] = {
    "letter case": upper, "reversing": reverse, "sorting words": sort_words,
    "sorting numbers": sort_numbers, "list item": pick_item, "replacing": replace,
    "laying out": lay_out, "names": join_up,
}  # fmt: skip
