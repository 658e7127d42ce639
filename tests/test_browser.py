"""The pages as a browser opens them: no error, nothing from the network, no barrier that axe-core finds serious.

Needs Chromium, and the packages of the extra `browser`.
"""

from __future__ import annotations

import importlib.util
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Literal

import pytest
from click.testing import CliRunner

from kam_expert.cli import main
from kam_expert.wording import languages

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PACKAGES = ("playwright", "axe_playwright_python")
MISSING = [name for name in PACKAGES if importlib.util.find_spec(name) is None]
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(CHROMIUM is None, reason="Chromium is not installed"),
    pytest.mark.skipif(bool(MISSING), reason=f"not installed: {', '.join(MISSING)} (pip install '.[browser]')"),
]

Scheme = Literal["light", "dark"]
SCHEMES: tuple[Scheme, ...] = ("light", "dark")
REPORTS = {
    "account": ("diagnose", str(ROOT / "cases" / "northern-bottlers.yaml")),
    "portfolio": ("portfolio", str(ROOT / "examples" / "portfolio")),
}
UNFOLD = "document.querySelectorAll('details').forEach((each) => { each.open = true; })"
BARRIERS = """async () => (await axe.run(document, {resultTypes: ["violations"]})).violations
  .filter((found) => ["serious", "critical"].includes(found.impact))
  .flatMap((found) => found.nodes.map((node) => `${found.id}: ${node.html} ${node.failureSummary}`))"""
LOUD = ("error", "warning", "assert")
GROUND = "getComputedStyle(document.documentElement).backgroundColor + getComputedStyle(document.body).backgroundColor"


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        opened = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield opened
        opened.close()


@pytest.fixture(scope="module")
def axe() -> str:
    """The source of axe-core; of the package that brings it nothing else is used."""
    found = importlib.util.find_spec("axe_playwright_python")
    assert found is not None and found.origin is not None
    return Path(found.origin).with_name("axe.min.js").read_text(encoding="utf-8")


@pytest.fixture(scope="module", params=[(report, language) for report in REPORTS for language in languages()], ids=str)
def page(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    report, language = request.param
    target = tmp_path_factory.mktemp("pages") / f"{report}.{language}.html"
    done = CliRunner().invoke(main, [*REPORTS[report], "--format", "html", "--lang", language, "-o", str(target)])
    assert done.exit_code == 0, done.output
    return target


def faults(browser: Browser, axe: str, path: Path, scheme: Scheme) -> list[str]:
    """What is wrong with a page, unfolded: what the console said, what was asked for, which barriers there are.

    axe-core is evaluated from outside, so that the page and what it forbids itself stay as they are.
    """
    address = path.as_uri()
    with browser.new_context(color_scheme=scheme) as context:
        opened = context.new_page()
        found: list[str] = []
        opened.on("console", lambda said: found.append(f"console: {said.text}") if said.type in LOUD else None)
        opened.on("pageerror", lambda error: found.append(f"console: {error}"))
        opened.on("request", lambda asked: found.append(f"request: {asked.url}") if asked.url != address else None)
        opened.goto(address, wait_until="load")
        opened.evaluate(UNFOLD)
        opened.evaluate(axe)
        return [*found, *opened.evaluate(BARRIERS)]


@pytest.mark.parametrize("scheme", SCHEMES)
def test_a_report_opens_without_fault(browser: Browser, axe: str, page: Path, scheme: Scheme) -> None:
    assert faults(browser, axe, page, scheme) == []


def test_the_dark_page_is_another(browser: Browser, page: Path) -> None:
    grounds = set()
    for scheme in SCHEMES:
        with browser.new_context(color_scheme=scheme) as context:
            opened = context.new_page()
            opened.goto(page.as_uri())
            grounds.add(opened.evaluate(GROUND))
    assert len(grounds) == len(SCHEMES)


# That these tests would find something

PLAIN = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>A page</title>
<style>
  body { background: #fff; color: #222 }
  @media (prefers-color-scheme: dark) { body { background: #222; color: #eee } }
</style>
</head><body><main><h1>A page</h1></main></body></html>"""
FAULTS = {
    "label": ('<input type="text">', "label: <input"),
    "contrast": ('<p style="color: #ccc; background: #fff">Pale</p>', "color-contrast: <p"),
    "folded": ("<details><summary>More</summary><input></details>", "label: <input"),
    "said": ('<script>console.error("broken")</script>', "console: broken"),
    "thrown": ("<script>nobody()</script>", "console: nobody is not defined"),
    "fetched": (
        '<img src="https://pictures.invalid/logo.png" alt="Logo">',
        "request: https://pictures.invalid/logo.png",
    ),
    "style": ('<style>@import url("letters.css");</style>', "request: file:///"),
}


def with_fault(page: str, fault: str, path: Path) -> Path:
    """A page with something wrong at its end, filed."""
    assert page.count("</main>") == 1
    path.write_text(page.replace("</main>", f"{fault}</main>"), encoding="utf-8")
    return path


@pytest.mark.parametrize("fault", FAULTS)
def test_a_fault_is_found(browser: Browser, axe: str, fault: str, tmp_path: Path) -> None:
    broken, expected = FAULTS[fault]
    found = faults(browser, axe, with_fault(PLAIN, broken, tmp_path / "page.html"), "light")
    assert any(each.startswith(expected) for each in found), found


def test_nothing_else_is_found(browser: Browser, axe: str, tmp_path: Path) -> None:
    """A page without fault has none; one that is pale in the dark only has one there."""
    plain = with_fault(PLAIN, "<p>Nothing is wrong.</p>", tmp_path / "plain.html")
    assert [faults(browser, axe, plain, scheme) for scheme in SCHEMES] == [[], []]
    pale = with_fault(PLAIN, '<p style="color: #333">Dark on dark</p>', tmp_path / "pale.html")
    light, dark = (faults(browser, axe, pale, scheme) for scheme in SCHEMES)
    assert light == [] and [each.split(":")[0] for each in dark] == ["color-contrast"]


@pytest.mark.parametrize("page", [("portfolio", "zh")], indirect=True, ids=str)
def test_faults_of_a_report_are_found(browser: Browser, axe: str, page: Path, tmp_path: Path) -> None:
    """Also what the page forbids itself, and so keeps from happening: the console says so."""
    several = "".join(FAULTS[name][0] for name in ("label", "said", "fetched"))
    found = faults(browser, axe, with_fault(page.read_text(encoding="utf-8"), several, tmp_path / "page.html"), "light")
    assert any(each.startswith("label:") for each in found)
    for refused in ("inline script", "https://pictures.invalid"):
        assert any("Content Security Policy" in each and refused in each for each in found), found
