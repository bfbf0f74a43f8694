"""What a person does in the playground."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Locator, Page, Request, expect

TOOL: dict[str, Any] = {
    "type": "function",
    "function": {
        "name": "weather",
        "description": "The weather here.",
        "parameters": {
            "type": "object",
            "properties": {"unit": {"enum": ["celsius"]}},
            "required": ["unit"],
            "additionalProperties": False,
        },
    },
}
"""A call of it can end in one way only, whatever the model is like."""

LONG = {"type": "object", "properties": {"t": {"type": "string", "minLength": 4000}}}
"""An answer that takes many seconds."""


def body_of(request: Request) -> dict[str, Any]:
    """What was sent."""
    body: dict[str, Any] = json.loads(request.post_data or "")
    return body


class Playground:
    """The page, by what stands on it. ``side`` 0 is the first model, 1 the second."""

    def __init__(self, page: Page) -> None:
        self.page = page
        self.draft = page.locator("#draft")
        self.trouble = page.locator("#trouble")
        self.answers = page.locator(".turn.assistant .text")
        self.facts = page.locator(".turn.assistant .facts:visible")

    def pane(self, side: int = 0) -> Locator:
        return self.page.locator(".pane").nth(side)

    def send(self, text: str) -> None:
        self.draft.fill(text)
        self.draft.press("Control+Enter")

    def ask(self, text: str, answers: int = 1) -> str:
        """Send ``text`` and wait until that many answers stand there. Returns the last one."""
        self.send(text)
        return self.answered(answers)

    def answered(self, answers: int = 1) -> str:
        expect(self.facts).to_have_count(answers)
        text: str = self.answers.nth(answers - 1).inner_text()
        return text

    def set(self, side: int = 0, /, **values: Any) -> None:
        """Set parameters as if by hand."""
        settings = self.pane(side).locator(".settings")
        if settings.get_attribute("open") is None:
            settings.locator("summary").click()
        for name, value in values.items():
            control = self.control(name, side)
            if isinstance(value, bool):
                control.set_checked(value)
            else:
                control.fill(str(value))

    def control(self, name: str, side: int = 0) -> Locator:
        inputs = self.pane(side).locator(f"[data-parameter='{name}']")
        return inputs.locator("input:not([type=range]), select, textarea")

    def models(self) -> list[str]:
        """The names of those that can be chosen."""
        options = self.pane().locator(".model option")
        names: list[str] = options.evaluate_all("all => all.map((option) => option.value)")
        return names

    def open(self, title: str) -> None:
        """Unfold a part of the set-up."""
        self.page.locator(".setup summary", has_text=title).click()

    def offer(self, *tools: dict[str, Any]) -> None:
        self.open("Tools")
        self.page.locator("#tools-json").fill(json.dumps(tools))

    def answer_as(self, schema: dict[str, Any]) -> None:
        self.open("Answer as")
        self.page.locator("#schema-json").fill(json.dumps(schema))

    @staticmethod
    def text_of(frame: str) -> str:
        """The text in one line of a native stream."""
        text: str = json.loads(frame.removeprefix("data: "))["response"]
        return text
