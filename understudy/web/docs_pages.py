"""The repository's docs as pages; ``docs`` here is a link to that folder, and a copy in a wheel."""

from __future__ import annotations

import posixpath
import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markupsafe import Markup

from understudy.errors import NoSuchRoute
from understudy.server.exchange import Exchange
from understudy.web.pages import Context

FOLDER = Path(__file__).with_name("docs")
IMAGES = {".svg": "image/svg+xml", ".png": "image/png"}

_FIRST = ("dialects", "clients", "models", "operations", "security")
"""What users need comes before what readers of the source do."""
_NOT_IN_SLUGS = re.compile(r"[^\w\- ]")
_MARKDOWN = MarkdownIt("commonmark", {"html": False}).enable("table")


@dataclass(frozen=True, slots=True)
class Section:
    """A heading of the second level: the ids that links use, and its text."""

    id: str
    title: str


@dataclass(frozen=True, slots=True)
class Doc:
    """One file, rendered. ``summary`` is its first paragraph."""

    name: str
    title: str
    summary: Markup
    sections: tuple[Section, ...]
    body: Markup


class Docs:
    """What the templates of ``/docs`` and ``/docs/{name}`` show. Files are read once."""

    def __init__(self, folder: Path = FOLDER) -> None:
        self._folder = folder
        found = sorted(path.stem for path in folder.glob("*.md"))
        first = [name for name in _FIRST if name in found]
        self._names = [*first, *(name for name in found if name not in first)]
        self._images = {
            path.relative_to(folder).as_posix(): path
            for path in folder.rglob("*")
            if path.suffix in IMAGES
        }
        self.read = cache(self._read)

    def index(self, exchange: Exchange) -> Context:
        return {"docs": [self.read(name) for name in self._names]}

    def page(self, exchange: Exchange) -> Context:
        """Raises NoSuchRoute."""
        name = exchange.path_params["name"].removesuffix(".md")
        if name not in self._names:
            raise NoSuchRoute(exchange.meta.path)
        return {**self.index(exchange), "doc": self.read(name)}

    def image(self, name: str) -> Path | None:
        """The image of this path below the folder."""
        return self._images.get(name)

    def _read(self, name: str) -> Doc:
        text = (self._folder / f"{name}.md").read_text(encoding="utf-8")
        environment: dict[str, Any] = {}
        tokens = _MARKDOWN.parse(text, environment)
        headings = _with_ids(tokens)
        for token in tokens:
            for inner in token.children or ():
                _relink(inner, self._names)
        title = next((said for level, _, said in headings if level == "h1"), name)
        sections = tuple(Section(id, said) for level, id, said in headings if level == "h2")
        body = _rendered(_foldable(tokens))
        return Doc(name, title, _summary(tokens), sections, body)


def _rendered(tokens: Sequence[Token]) -> Markup:
    """HTML of what the docs say, which are as trusted as the code. Raw HTML in them is escaped."""
    return Markup(_MARKDOWN.renderer.render(tokens, _MARKDOWN.options, {}))  # noqa: S704


def inline(text: str) -> Markup:
    """One paragraph of Markdown of our own."""
    return Markup(_MARKDOWN.renderInline(text))  # noqa: S704


def _summary(tokens: Sequence[Token]) -> Markup:
    """The first paragraph, without its links."""
    for at, token in enumerate(tokens):
        if token.type == "paragraph_open":
            inline = tokens[at + 1].children or []
            return _rendered([t for t in inline if not t.type.startswith("link_")])
    return Markup()


def _with_ids(tokens: Sequence[Token]) -> list[tuple[str, str, str]]:
    """Give headings the ids that GitHub gives them; level, id and text of each."""
    seen: Counter[str] = Counter()
    found = []
    for at, token in enumerate(tokens):
        if token.type != "heading_open":
            continue
        text = "".join(inner.content for inner in tokens[at + 1].children or ())
        slug = slug_of(text)
        seen[slug] += 1
        own = slug if seen[slug] == 1 else f"{slug}-{seen[slug] - 1}"
        token.attrSet("id", own)
        found.append((token.tag, own, text))
    return found


def slug_of(heading: str) -> str:
    """A heading as GitHub spells it in links."""
    return _NOT_IN_SLUGS.sub("", heading.strip().lower()).replace(" ", "-")


def _relink(token: Token, names: Sequence[str]) -> None:
    """Lead links between files to their pages; what is outside the docs has no page here."""
    if token.type == "image":
        # Fetched when it comes into view.
        token.attrSet("loading", "lazy")
    if token.type != "link_open":
        return
    link = urlsplit(str(token.attrGet("href")))
    if link.scheme or not link.path:
        return
    path = posixpath.normpath(link.path)
    name = path.removesuffix(".md")
    if name in names and path != name:
        token.attrSet("href", f"/docs/{name}" + (f"#{link.fragment}" if link.fragment else ""))
    else:
        # An element that is no link: the text stays, and says which folder it means.
        token.attrs = {"title": f"{path.lstrip('./')} in the repository"}


def _foldable(tokens: Sequence[Token]) -> list[Token]:
    """Wide tables and code scroll by themselves, with the keyboard too."""
    made: list[Token] = []
    for token in tokens:
        if token.type == "table_open":
            around = Token("div_open", "div", 1, block=True)
            around.attrs = {"class": "scroll", "tabindex": "0", "role": "region"}
            around.attrs["aria-label"] = "Table"
            made.append(around)
        made.append(token)
        if token.type == "table_close":
            made.append(Token("div_close", "div", -1, block=True))
        if token.type in ("fence", "code_block"):
            token.attrSet("tabindex", "0")
    return made
