"""An answer that is known, generated with the drafts of a Drafter."""

from __future__ import annotations

from collections.abc import Sequence

from understudy.engine.drafts import Drafter


def served(text: Sequence[int], prompt: Sequence[int], limit: int = 16) -> list[tuple[int, int]]:
    """Generate ``text`` after ``prompt`` with drafts: (proposed, accepted) of each step."""
    drafter, steps, at = Drafter(prompt), [], 0
    while at < len(text):
        drafts = drafter.propose(min(limit, len(text) - at - 1))
        accepted = 0
        while accepted < len(drafts) and drafts[accepted] == text[at + accepted]:
            accepted += 1
        for token in text[at : at + accepted + 1]:
            drafter.extend(token)
        at += accepted + 1
        drafter.told(len(drafts), accepted)
        steps.append((len(drafts), accepted))
    return steps
