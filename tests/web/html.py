"""Reads pages as a test needs them: elements, their attributes and their text."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from html.parser import HTMLParser

_VOID = frozenset({"meta", "link", "img", "input", "br", "hr"})


@dataclass(eq=False)
class Element:
    """One element. ``parts`` are its children and texts in their order."""

    tag: str
    attributes: dict[str, str]
    parts: list[Element | str] = field(default_factory=list)

    @property
    def text(self) -> str:
        """All text in it, with runs of space as one."""
        return " ".join("".join(self._texts()).split())

    def _texts(self) -> Iterator[str]:
        for part in self.parts:
            yield from [part] if isinstance(part, str) else part._texts()

    @property
    def raw(self) -> str:
        """All text in it, as it stands."""
        return "".join(self._texts())

    def every(self, tag: str | None = None, **attributes: str) -> Iterator[Element]:
        """Elements in it, at any depth. ``class_`` is one of the classes; ``x_y`` means ``x-y``."""
        for part in self.parts:
            if isinstance(part, Element):
                if part._is(tag, attributes):
                    yield part
                yield from part.every(tag, **attributes)

    def one(self, tag: str | None = None, **attributes: str) -> Element:
        """The only such element."""
        found = list(self.every(tag, **attributes))
        assert len(found) == 1, (tag, attributes, len(found))
        return found[0]

    def _is(self, tag: str | None, attributes: dict[str, str]) -> bool:
        if tag not in (None, self.tag):
            return False
        for name, value in attributes.items():
            if name == "class_":
                if value not in self.attributes.get("class", "").split():
                    return False
            elif self.attributes.get(name.replace("_", "-")) != value:
                return False
        return True


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.open = [Element("", {})]

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        element = Element(tag, {name: value or "" for name, value in attrs})
        self.open[-1].parts.append(element)
        if tag not in _VOID:
            self.open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open[-1].parts.append(Element(tag, {name: value or "" for name, value in attrs}))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1].tag == tag, f"</{tag}> closes <{self.open[-1].tag}>"
        self.open.pop()

    def handle_data(self, data: str) -> None:
        self.open[-1].parts.append(data)


def read(page: str) -> Element:
    """The document. Fails where elements are not closed in their order (each must be)."""
    reader = _Reader()
    reader.feed(page)
    reader.close()
    assert [element.tag for element in reader.open] == [""]
    return reader.open[0]
