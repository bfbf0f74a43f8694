"""Looks over a regular expression before the library compiles it: how large it is written out,
and whether it asks for characters that JSON strings here never have."""

from __future__ import annotations

import re
from dataclasses import dataclass, field

from understudy.decode.constrain.limits import MAX_COUNT, MAX_PATTERN, refuse

_COUNT = re.compile(r"\{(\d+)(,?)(\d*)\}")
_CODE = re.compile(r"\\(?:x([0-9A-Fa-f]{2})|[xu]\{([0-9A-Fa-f]+)\}|u([0-9A-Fa-f]{4}))")
_NAMED = re.compile(r"\\[pP]\{[^}]*\}")
_CONTROL_LETTERS = {"\\a": "\x07", "\\v": "\x0b", "\\0": "\x00"}
_UNNAMED = re.compile(r"[\x00-\x07\x0b\x0e-\x1f\x7f]")


def unwritable(text: str) -> bool:
    """Whether ``text`` has a character that JSON can only write as ``\\uXXXX``, or DEL.

    Answers never hold such escapes: with them, an object could name a property twice in two
    spellings.
    """
    return _UNNAMED.search(text) is not None


@dataclass
class _Group:
    """A group that is still open: the size of what stands in it, and of its last part."""

    size: int = 0
    last: int = field(default=0)


@dataclass(frozen=True, slots=True)
class Look:
    """``size`` in characters, counted repetitions written out; ``control`` if a control character
    is asked for by itself."""

    size: int
    control: bool


def look(pattern: str) -> Look:
    """Look over ``pattern``, which need not be valid."""
    groups = [_Group()]
    control = False
    at = 0
    while at < len(pattern):
        here = groups[-1]
        char = pattern[at]
        if char == "(":
            groups.append(_Group())
            at += 1
        elif char == ")" and len(groups) > 1:
            inside = groups.pop()
            groups[-1].last = max(inside.size, 1)
            groups[-1].size += groups[-1].last
            at += 1
        elif match := _COUNT.match(pattern, at):
            times = _times(match)
            here.size += here.last * (times - 1)
            here.last *= times
            at = match.end()
        elif char == "[":
            end = _class_end(pattern, at)
            control = control or _only_control(pattern[at + 1 : end - 1])
            here.size, here.last = here.size + 1, 1
            at = end
        elif char in "*+?|":
            at += 1
        else:
            end = _char_end(pattern, at)
            control = control or unwritable(_meaning(pattern[at:end]))
            here.size, here.last = here.size + 1, 1
            at = end
    return Look(sum(group.size for group in groups), control)


def check_pattern(pattern: str, where: str, *, in_json: bool) -> None:
    """Raises InvalidInput, speaking of ``where``, for one that is too large, or that asks for
    control characters ``in_json``."""
    seen = look(pattern)
    if seen.size > MAX_PATTERN:
        raise refuse(
            f"{where} is too large: written out it has over {MAX_PATTERN} characters. "
            "Use smaller counts."
        )
    if in_json and seen.control:
        raise refuse(f"{where} asks for a control character, which answers cannot contain.")


def _times(match: re.Match[str]) -> int:
    least, comma, most = match.groups()
    return min(int((most if comma and most else least)[:12]), MAX_COUNT) or 1


def _char_end(pattern: str, at: int) -> int:
    if pattern[at] != "\\":
        return at + 1
    match = _CODE.match(pattern, at) or _NAMED.match(pattern, at)
    return match.end() if match else min(at + 2, len(pattern))


def _meaning(spelled: str) -> str:
    """The character that an escape stands for, or ``spelled`` itself."""
    match = _CODE.fullmatch(spelled)
    if match is None:
        return _CONTROL_LETTERS.get(spelled, spelled)
    code = int(match[1] or match[2] or match[3], 16)
    return chr(code) if code < 0x110000 else spelled


def _class_end(pattern: str, at: int) -> int:
    """Past the class that begins at ``at``; classes may stand in classes."""
    depth = 0
    while at < len(pattern):
        if pattern[at] == "[":
            depth += 1
            at += 1
            # A bracket that comes first is meant as itself.
            at += pattern.startswith("^", at)
            at += pattern.startswith("]", at)
        elif pattern[at] == "]":
            depth -= 1
            at += 1
            if depth == 0:
                return at
        else:
            at = _char_end(pattern, at)
    return at


def _only_control(members: str) -> bool:
    """Whether a class names control characters and nothing else."""
    if members.startswith("^"):
        return False
    found = []
    at = 0
    while at < len(members):
        end = _char_end(members, at)
        found.append(_meaning(members[at:end]))
        at = end
    chars = [char for char in found if char != "-"]
    return bool(chars) and all(map(unwritable, chars))
