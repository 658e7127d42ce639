"""Writes the messages of the tables beside it anew: `python tests/broken/record.py [NAME...]`.

Only for a person: read every changed line (`git diff tests/broken`) before committing it. An entry gets English when
it has none, Chinese only where `zh:` stands already. Entries with a `fault` are left alone.
"""

from __future__ import annotations

import importlib
import os
import re
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent


def with_message(table: str, name: str, language: str, message: str) -> str:
    """The text of a table with one message written, everything else untouched."""
    entry = re.search(rf"^  - name: {re.escape(name)}\n(?:    .*\n)*", table, re.M)
    assert entry is not None, f"{name} is not an entry of the table"
    block = f"    {language}: |\n" + "".join(f"      {line}\n" for line in message.splitlines())
    old = re.compile(rf"^    {language}:.*\n(?:      .*\n)*", re.M)
    text = entry[0]
    if old.search(text):
        text = old.sub(lambda _: block, text)
    else:
        english, chinese = text.split("    zh:", 1) if "    zh:" in text else (text, None)
        text = english + block + ("" if chinese is None else "    zh:" + chinese)
    return table[: entry.start()] + text + table[entry.end() :]


def main() -> None:
    if os.environ.get("CI"):
        sys.exit("Expected messages are recorded by a person who reads them, never in CI.")
    sys.path[:0] = [str(HERE.parents[1]), str(HERE.parent)]
    broken = importlib.import_module("test_broken")
    wanted = set(sys.argv[1:])
    with tempfile.TemporaryDirectory() as book:
        broken.new_book(Path(book))
        tables = (
            ("cases", broken.CASES, broken.said_about_case),
            ("history", broken.HISTORY, broken.said_about_history),
            ("rulebook", broken.RULEBOOK, lambda entry, _: broken.said_about_book(entry, Path(book))),
        )
        for name, entries, said_about in tables:
            path = HERE / f"{name}.yaml"
            table = path.read_text(encoding="utf-8")
            for entry in entries["broken"]:
                if "fault" in entry or (wanted and entry["name"] not in wanted):
                    continue
                with tempfile.TemporaryDirectory() as folder:
                    said, _ = said_about(entry, Path(folder))
                for language, message in said.items():
                    table = with_message(table, entry["name"], language, message)
            path.write_text(table, encoding="utf-8", newline="\n")


if __name__ == "__main__":
    main()
