"""How long the documents of one account take, against named rivals. Run: `python -m benchmarks.documents`.

First the whole command for each format, with reading the rulebook and the diagnosis, against an interpreter that only
imports the libraries that write these formats. Then composing and writing alone, against python-docx writing the same
headings, paragraphs and tables of the same document with its own calls, without charts, captions and contents. Every
figure is a median in seconds; ratios are what counts.
"""

from __future__ import annotations

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from io import BytesIO
from pathlib import Path

from docx import Document as Word
from docx.document import Document as WordFile

from kam_expert import diagnose, load_case
from kam_expert.commands.rendering import USUAL, Chosen, Format, composed, rendered
from kam_expert.reports.document import Bullets, Callout, Document, Pairs, Paragraph, Picture, Table
from kam_expert.wording import wording

ROOT = Path(__file__).parents[1]
CASE = ROOT / "cases" / "northern-bottlers.yaml"
FORMATS: tuple[Format, ...] = ("docx", "pptx", "xlsx", "html")
IMPORTS = "import docx, pptx, xlsxwriter, jinja2, click, pydantic"
RUNS = 5


def timed(work: Callable[[], object], runs: int = RUNS) -> float:
    found = []
    for _ in range(runs):
        start = time.perf_counter()
        work()
        found.append(time.perf_counter() - start)
    return statistics.median(found)


def commands(folder: Path, language: str) -> None:
    """The whole command as a user types it."""
    imports = timed(lambda: subprocess.run([sys.executable, "-c", IMPORTS], check=True))
    print(f"importing the libraries alone: {imports:.2f} s")
    for format_ in FORMATS:
        words = ["diagnose", str(CASE), "--format", format_, "--lang", language, "-o", str(folder / f"file.{format_}")]
        command = [sys.executable, "-m", "kam_expert", *words]
        ours = timed(lambda command=command: subprocess.run(command, check=True, cwd=ROOT))  # type: ignore[misc]
        print(f"whole command, {format_}: {ours:.2f} s, {ours / imports:.1f} times the imports")


def writing(language: str) -> None:
    """Composing and writing, once a diagnosis is there."""
    diagnosis, words = diagnose(load_case(CASE)), wording(language)
    plan = Chosen("plan", "docx", None, None, (None,))
    (document,) = composed([diagnosis], plan, words)
    rival = timed(lambda: by_python_docx(document))
    print(f"python-docx, the same text and tables: {rival:.2f} s")
    for format_ in FORMATS:
        chosen = Chosen(USUAL.get(format_, "report"), format_, None, None, (None,))
        ours = timed(lambda chosen=chosen: rendered([diagnosis], chosen, words))  # type: ignore[misc]
        print(f"composing and writing, {format_}: {ours:.2f} s, {ours / rival:.1f} times python-docx")


def by_python_docx(document: Document) -> bytes:
    """What the plan says, written as the manual of python-docx does it."""
    word = Word()
    word.add_heading(document.title, 0)
    for section in document.sections:
        word.add_heading(section.title, section.level)
        for block in section.blocks:
            match block:
                case Paragraph(text) | Callout(_, text):
                    word.add_paragraph(text)
                case Bullets(items):
                    for head, details in items:
                        word.add_paragraph("\n".join((head, *details)), style="List Bullet")
                case Pairs(items):
                    _table(word, [list(item) for item in items])
                case Table():
                    _table(word, [list(block.headers), *map(list, block.rows)])
                case Picture():
                    _table(word, [list(block.table.headers), *map(list, block.table.rows)])
                case _:
                    pass
    file = BytesIO()
    word.save(file)
    return file.getvalue()


def _table(word: WordFile, rows: list[list[str]]) -> None:
    if not rows or not rows[0]:
        return
    table = word.add_table(rows=0, cols=len(rows[0]))
    for row in rows:
        for cell, text in zip(table.add_row().cells, row, strict=False):
            cell.text = text


def main() -> None:
    for language in ("en", "zh"):
        print(f"-- {language}")
        with tempfile.TemporaryDirectory() as folder:
            commands(Path(folder), language)
        writing(language)


if __name__ == "__main__":
    main()
