"""axe-core, the accessibility checker, run in a page."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Page

from tests.requires import need_packages

NODE = Path(__file__).parent.parent / "node"
SCRIPT = NODE / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """async () => {
  const { violations } = await axe.run(document, { resultTypes: ["violations"] });
  return violations.filter(({ impact }) => impact === "serious" || impact === "critical")
    .map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html.slice(0, 200)).join(" | ")}`);
}"""


def need_axe() -> None:
    need_packages(NODE, fetch=True)


def assert_accessible(page: Page) -> None:
    """Nothing that axe calls serious. The page's context has to bypass its policy."""
    page.evaluate(SCRIPT.read_text(encoding="utf-8") + "\n;null")
    found: list[str] = page.evaluate(_RUN)
    assert not found, "\n".join(found)
