"""The repository's docs as pages: all of them, with links that lead somewhere."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from urllib.parse import urldefrag, urljoin

import httpx
import pytest

from tests.web.html import Element, read
from understudy.web.docs_pages import Docs, slug_of

FOLDER = Path(__file__).parents[2] / "docs"
NAMES = sorted(path.stem for path in FOLDER.glob("*.md"))


def page(visitor: httpx.Client, path: str) -> Element:
    answer = visitor.get(path)
    assert answer.status_code == 200, path
    return read(answer.text)


@cache
def ids(visitor: httpx.Client, path: str) -> set[str]:
    """What a link to a place in a page can name. Fails where there is no such page."""
    return {element.attributes.get("id", "") for element in page(visitor, path).every()}


def test_every_file_has_a_page_that_the_index_leads_to(visitor: httpx.Client) -> None:
    index = page(visitor, "/docs").one("main")
    led = {link.attributes["href"] for link in index.every("a")}
    assert led == {"/docs/api", *(f"/docs/{name}" for name in NAMES)}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_of_a_page_leads_to_a_page_and_a_heading(
    visitor: httpx.Client, name: str
) -> None:
    path = f"/docs/{name}"
    for link in page(visitor, path).every("a"):
        href = link.attributes.get("href")
        if href is None or href.startswith(("http", "/openapi")):
            continue
        where, fragment = urldefrag(urljoin(path, href))
        assert not fragment or fragment in ids(visitor, where), href


@pytest.mark.parametrize("name", NAMES)
def test_a_page_says_what_its_file_says(visitor: httpx.Client, name: str) -> None:
    lines = (FOLDER / f"{name}.md").read_text(encoding="utf-8").splitlines()
    article = page(visitor, f"/docs/{name}").one("article")
    headings = [line for line in lines if line.startswith("# ")]
    assert article.one("h1").text == headings[0].removeprefix("# ").replace("`", "")
    tables = sum(line.startswith(("| ---", "|---", "| :--", "|:-")) for line in lines)
    assert len(list(article.every("table"))) == tables


def test_images_are_there(visitor: httpx.Client) -> None:
    for name in NAMES:
        for image in page(visitor, f"/docs/{name}").one("article").every("img"):
            answer = visitor.get(urljoin("/docs/", image.attributes["src"]))
            assert answer.headers["content-type"].startswith("image/")
            assert image.attributes["alt"]


@pytest.mark.parametrize("path", ["/docs/nothing", "/docs/../README", "/docs/%2e%2e/README.md"])
def test_nothing_beside_the_docs_is_shown(visitor: httpx.Client, path: str) -> None:
    assert visitor.get(path).status_code == 404


def test_the_way_back_to_the_repository_is_text(tmp_path: Path) -> None:
    (tmp_path / "a.md").write_text(
        "# A\n\n[b](b.md#x-y) [out](../examples/worker) [web](https://example.com) <b>raw</b>\n"
    )
    (tmp_path / "b.md").write_text("# B\n\n## X: y!\n\n## X y\n\n## X y\n")
    docs = Docs(tmp_path)
    body = str(docs.read("a").body)
    assert 'href="/docs/b#x-y"' in body
    assert 'title="examples/worker in the repository"' in body
    assert 'href="https://example.com"' in body
    assert "&lt;b&gt;raw&lt;/b&gt;" in body
    assert [section.id for section in docs.read("b").sections] == ["x-y", "x-y-1", "x-y-2"]


@pytest.mark.parametrize(
    ("heading", "slug"),
    [("Doors without a key", "doors-without-a-key"), ("`env.AI`", "envai"), ("A, b & c", "a-b--c")],
)
def test_headings_are_spelled_as_links_spell_them(heading: str, slug: str) -> None:
    assert slug_of(heading.replace("`", "")) == slug
