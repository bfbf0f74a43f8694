"""What holds of every page and every file that browsers get."""

from __future__ import annotations

import gzip
import re
from pathlib import Path

import httpx
import pytest

from understudy.web.compression import wants_gzip
from understudy.web.headers import POLICY
from understudy.web.pages import TEMPLATES
from understudy.web.static_files import FOLDER, StaticFiles

PAGE = {"accept": "text/html,application/xhtml+xml,*/*;q=0.8"}
PAGES = [
    "/",
    "/?search=llama",
    "/catalog/@house/prompter",
    "/catalog/@cf/meta/llama-3.2-1b-instruct",
    "/docs",
    "/docs/benchmarks",
    "/docs/api",
]


def of(client: httpx.Client, path: str) -> httpx.Response:
    return client.get(path, headers=PAGE)


@pytest.mark.parametrize("path", [*PAGES, "/no-such-page"])
def test_browsers_may_load_nothing_but_what_is_of_this_server(
    visitor: httpx.Client, path: str
) -> None:
    page = of(visitor, path)
    assert page.headers["content-security-policy"] == POLICY
    assert page.headers["x-content-type-options"] == "nosniff"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert page.headers["cross-origin-opener-policy"] == "same-origin"
    for kind, address in re.findall(r'<(link|script|img)[^>]* (?:src|href)="([^"]*)"', page.text):
        assert not re.match("[a-z]+:|//", address), (kind, address)
    assert not re.search(r"<style|<script(?![^>]* src=)| style=| on[a-z]+=", page.text)


@pytest.mark.parametrize("path", PAGES)
def test_every_file_that_a_page_names_is_there(visitor: httpx.Client, path: str) -> None:
    found = set(re.findall(r'"(/static/[^"]+)"', of(visitor, path).text))
    assert found
    for address in found:
        assert of(visitor, address).status_code == 200, address


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_compressed_for_who_asks(visitor: httpx.Client, path: str) -> None:
    plain = visitor.get(path, headers={"accept-encoding": "identity"})
    assert "content-encoding" not in plain.headers
    packed = visitor.get(path, headers={"accept-encoding": "gzip"})
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < len(plain.content)
    assert packed.headers["vary"] == plain.headers["vary"] == "accept-encoding"


def test_a_browser_is_told_of_a_missing_page_and_a_program_in_json(visitor: httpx.Client) -> None:
    shown = of(visitor, "/no-such-page<b>")
    assert shown.status_code == 404
    assert shown.headers["content-type"] == "text/html; charset=utf-8"
    assert "/no-such-page&lt;b&gt;" in shown.text or "/no-such-page%3Cb%3E" in shown.text
    told = visitor.get("/no-such-page")
    assert told.status_code == 404
    assert told.json()["detail"]
    posted = visitor.post("/no-such-page", headers=PAGE)
    assert posted.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", ["/v1/nothing", "/v1", "/client/v4/nothing", "/v1/inference"])
def test_the_apis_speak_json_to_browsers_too(visitor: httpx.Client, path: str) -> None:
    answer = of(visitor, path)
    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/json"


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_only_read(visitor: httpx.Client, path: str) -> None:
    assert visitor.head(path).status_code == 200
    assert visitor.post(path).status_code == 405


def test_a_file_may_be_kept_for_ever_at_an_address_of_its_content(
    visitor: httpx.Client, tmp_path: Path
) -> None:
    files = StaticFiles()
    sheet = of(visitor, files.url("site.css"))
    assert sheet.headers["cache-control"] == "public, max-age=31536000, immutable"
    assert sheet.headers["content-type"] == "text/css; charset=utf-8"
    assert sheet.text == (FOLDER / "site.css").read_text(encoding="utf-8")
    (tmp_path / "site.css").write_text("/* another */")
    assert StaticFiles(tmp_path).url("site.css") != files.url("site.css")


def test_no_other_file_and_no_other_version_is_served(visitor: httpx.Client) -> None:
    own = StaticFiles().url("site.css")
    folder = own.removesuffix("/site.css")
    for path in (f"{folder}/nothing.css", f"{folder}/%2e%2e/pages.py", f"{folder}/../pages.py"):
        assert of(visitor, path).status_code == 404
    assert of(visitor, "/static/000000000000/site.css").status_code == 404


def test_a_file_is_compressed_for_who_asks(visitor: httpx.Client) -> None:
    url = StaticFiles().url("site.css")
    with visitor.stream("GET", url, headers={"accept-encoding": "gzip"}) as answer:
        packed = b"".join(answer.iter_raw())
    assert gzip.decompress(packed) == (FOLDER / "site.css").read_bytes()


@pytest.mark.parametrize(
    ("said", "wanted"),
    [
        ("", False),
        ("gzip", True),
        ("br, gzip;q=0.5", True),
        ("gzip;q=0", False),
        ("gzip;q=0, *", False),
        ("*", True),
        ("br", False),
        ("gzip;q=x", False),
    ],
)
def test_gzip_is_for_those_who_take_it(said: str, wanted: bool) -> None:
    assert wants_gzip(said) is wanted


def test_every_template_stands_in_the_one_frame() -> None:
    for template in TEMPLATES.glob("*.html"):
        text = template.read_text(encoding="utf-8")
        assert template.name == "base.html" or text.startswith(('{% extends "base.html" %}', "{#"))
        assert "|safe" not in text.replace(" ", ""), template


def test_scripts_can_be_held_in_the_head() -> None:
    for script in FOLDER.glob("**/*.js"):
        assert len(script.read_text(encoding="utf-8").splitlines()) < 300, script
