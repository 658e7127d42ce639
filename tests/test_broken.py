"""Broken inputs and what is said about each: the tables in `broken/` hold the inputs and the whole message.

`python tests/broken/record.py` writes the messages anew, for a person to read before committing.
"""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, NoReturn

import pytest
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from kam_expert.case import load_case
from kam_expert.cli import main
from kam_expert.problems import ProblemsFound
from kam_expert.resources import shipped
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.fact_values import read_value
from kam_expert.rulebook.loading import load_rulebook

TABLES = Path(__file__).parent / "broken"
CASES: dict[str, Any] = yaml.safe_load((TABLES / "cases.yaml").read_text(encoding="utf-8"))
RULEBOOK: dict[str, Any] = yaml.safe_load((TABLES / "rulebook.yaml").read_text(encoding="utf-8"))
BASE: str = CASES["base"]

Entry = dict[str, Any]

A_PROBLEM = re.compile(r"^\S.*?:\d+:\d+  ", re.M)
A_LINE = re.compile(r"((?:rules|knowledge)/[\w./-]+\.yaml)(:|, line | 第 )(\d+)|(first on line |第 )(\d+)(?=, again| 行已有)")
AN_ANCHOR = re.compile(r"\s*(?:- )?id: (\S+)|([a-z_]+):")


# ---- The inputs


def changed(text: str, entry: Entry) -> str:
    """The text with the replacements of an entry; each old part must stand there exactly once."""
    pairs = entry.get("replace", [])
    for old, new in [pairs] if pairs and isinstance(pairs[0], str) else pairs:
        assert text.count(old) == 1, f"{entry['name']}: {old!r} stands there {text.count(old)} times"
        text = text.replace(old, new)
    if "repeat" in entry:
        text = text.replace("@", entry["repeat"][0] * entry["repeat"][1])
    return text


def as_bytes(text: str, entry: Entry) -> bytes:
    """The text in the encoding of the entry, with its raw bytes in the place of a `@`."""
    data = text.encode(entry.get("encoding", "utf-8"))
    return data.replace(b"@", bytes.fromhex(entry["raw"])) if "raw" in entry else data


def case_bytes(entry: Entry) -> bytes:
    return as_bytes(changed(entry.get("text", BASE), entry), entry)


def write_case(entry: Entry, folder: Path) -> str:
    """Lay the input of an entry out below `folder`; returns the path to be named on the command line."""
    place = entry.get("place", "file")
    name: str = entry.get("path", "acme.yaml")
    if place == "folder":
        (folder / name).mkdir(exist_ok=True)
    elif place == "file":
        target = folder / name.split("/")[0]
        target.write_bytes(case_bytes(entry))
    return name


@contextmanager
def broken_book(entry: Entry, root: Path) -> Iterator[None]:
    """The copy of the rulebook as an entry breaks it, restored afterwards."""
    before: dict[Path, bytes | None] = {}

    def put(name: str, data: bytes | None) -> None:
        path = root / name
        before.setdefault(path, path.read_bytes() if path.exists() else None)
        if data is None:
            path.unlink()
        else:
            path.write_bytes(data)

    try:
        for sample, replace in entry.get("samples", {}).items():
            name, text = RULEBOOK["samples"][sample]["file"], RULEBOOK["samples"][sample]["text"]
            text = changed(text, {"name": entry["name"], "replace": replace or [], **_only(entry, "repeat")})
            put(name, (root / name).read_bytes() + b"\n" + text.encode())
        for change in entry.get("changes", []):
            name = change["file"]
            if change.get("delete"):
                put(name, None)
            elif "text" in change:
                put(name, as_bytes(change["text"], change))
            else:
                text = (root / name).read_text(encoding="utf-8") + change.get("append", "")
                put(name, changed(text, {"name": entry["name"], **change}).encode())
        yield
    finally:
        for path, data in before.items():
            if data is None:
                path.unlink(missing_ok=True)
            else:
                path.write_bytes(data)


def _only(entry: Entry, key: str) -> Entry:
    return {key: entry[key]} if key in entry else {}


# ---- What comes out


def anchored(message: str, root: Path) -> str:
    """The message with every line of a rulebook file counted from the nearest id or key above it.

    So the expected messages stay right when an entry that has nothing to do with them is added to a file.
    """
    latest = ""

    def counted(found: re.Match[str]) -> str:
        nonlocal latest
        name, between, line, words, bare = found.groups()
        latest = name or latest
        path = root / latest
        if not path.is_file():
            return found[0]
        number = int(line or bare)
        lines = path.read_bytes().decode("utf-8", errors="replace").splitlines()[:number]
        for above, text in enumerate(reversed(lines)):
            anchor = AN_ANCHOR.match(text)
            if anchor:
                return f"{name or ''}{between or words}({anchor[1] or anchor[2]} +{above})"
        return found[0]

    return A_LINE.sub(counted, message)


_load = functools.cache(load_rulebook)


def said_about_case(entry: Entry, folder: Path, language: str) -> tuple[str, int]:
    """What the command line says about the case of an entry, and how many problems Python raises for it."""
    with ExitStack() as stack:
        monkeypatch = stack.enter_context(pytest.MonkeyPatch.context())
        monkeypatch.chdir(folder)
        monkeypatch.setattr("kam_expert.cli.load_rulebook", _load)
        monkeypatch.setattr("kam_expert.case.load_rulebook", _load)
        name = write_case(entry, folder)
        if entry.get("place") == "unreadable":
            Path(name).write_text(BASE, encoding="utf-8")
            _forbid(monkeypatch, Path(name))
        with pytest.raises(ProblemsFound) as raised:
            load_case(name)
        return _said(["diagnose", name, "--lang", language], 1), len(raised.value.problems)


def said_about_book(entry: Entry, folder: Path, language: str) -> tuple[str, str, int]:
    """The same for the rulebook of an entry: as it is said, the same anchored, and how many problems Python raises."""
    with pytest.MonkeyPatch.context() as monkeypatch, broken_book(entry, folder / "book"):
        monkeypatch.chdir(folder)
        with pytest.raises(ProblemsFound) as raised:
            load_rulebook("book", entry.get("profile"))
        arguments = ["diagnose", "acme.yaml", "--rules", "book", "--lang", language]
        if "profile" in entry:
            arguments += ["--profile", entry["profile"]]
        said = _said(arguments, 2)
        return said, anchored(said, Path("book")), len(raised.value.problems)


def _said(arguments: list[str], code: int) -> str:
    done = CliRunner().invoke(main, arguments)
    assert done.exception is None or isinstance(done.exception, SystemExit), repr(done.exception)
    assert done.exit_code == code, done.output
    assert done.stdout == ""
    assert "Traceback" not in done.stderr
    return done.stderr


def _forbid(monkeypatch: pytest.MonkeyPatch, forbidden: Path) -> None:
    """Let one file be unreadable, for whoever runs the tests (root may read everything)."""
    read_bytes = Path.read_bytes

    def refusing(path: Path) -> bytes:
        if path == forbidden:
            raise PermissionError(13, "Permission denied")
        return read_bytes(path)

    monkeypatch.setattr(Path, "read_bytes", refusing)


def new_book(folder: Path) -> None:
    """A copy of the shipped rulebook and a valid case, to be broken in turn."""
    for part in ("knowledge", "rules"):
        shutil.copytree(shipped() / part, folder / "book" / part)
    (folder / "acme.yaml").write_text(BASE, encoding="utf-8")


# ---- The tests


def _table(entries: list[Entry]) -> pytest.MarkDecorator:
    """One test per entry and language; an entry with a `fault` has no message worth keeping yet."""
    names = [entry["name"] for entry in entries]
    assert len(set(names)) == len(names), "two entries have the same name"
    runs = [
        pytest.param(entry, language, id=f"{entry['name']}-{language}")
        for entry in entries
        for language in ("en", "zh")
        if language in entry or (language == "en" and "fault" in entry)
    ]
    return pytest.mark.parametrize(("entry", "language"), runs)


@_table(CASES["broken"])
def test_broken_case(entry: Entry, language: str, tmp_path: Path) -> None:
    said, raised = said_about_case(entry, tmp_path, language)
    if language == "en":
        assert len(A_PROBLEM.findall(said)) == raised
    assert "fault" in entry or said == entry[language]


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workshop")
    new_book(folder)
    return folder


@_table(RULEBOOK["broken"])
def test_broken_rulebook(entry: Entry, language: str, workshop: Path) -> None:
    said, message, raised = said_about_book(entry, workshop, language)
    if language == "en":
        assert len(A_PROBLEM.findall(said)) == raised
    assert "fault" in entry or message == entry[language]


def test_samples_are_in_order(workshop: Path) -> None:
    """Each sample is valid before an entry breaks it."""
    with broken_book({"name": "samples", "samples": dict.fromkeys(RULEBOOK["samples"])}, workshop / "book"):
        load_rulebook(workshop / "book")


@pytest.mark.parametrize("entry", CASES["accepted"], ids=[entry["name"] for entry in CASES["accepted"]])
def test_accepted_case(entry: Entry, tmp_path: Path, book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unusual, but right: judged, without a word on stderr."""
    monkeypatch.chdir(tmp_path)
    done = CliRunner().invoke(main, ["diagnose", write_case(entry, tmp_path), "--lang", "en"])
    assert (done.exit_code, done.stderr) == (0, "")
    facts = load_case("acme.yaml", book).facts
    for name, value in entry.get("values", {}).items():
        assert facts[name].value == read_value(book.facts[name], value, book.units)


# ---- Inputs nobody thought of

TOKENS = (
    *("", "~", "null", "yes", "true", "unknown", "n/a", "[]", "[a]", "{}", "{a: b}", "[{a: 1}]", "[[a]]", "&a 1", "*a"),
    *("!!str 3", "!x 3", "''", "' '", '"\\e"', '"\\ud800"', "|\n  x", ">-", "1e999", "-1e999", ".nan", "0", "-0", "1,5"),
    *("9" * 5000, "9" * 400, "'" + "9" * 400 + ".0'", "23%", "23 months", "２３％", "½", "2026-02-30", "2026-01-01"),
    *("@", "`x`", "%", "?", "- ", ": ", "{", "[", "#", "\t", "\x00", "\x07", "\x85", "\u2028", "\ufeff", "\U0001f600"),
)


@st.composite
def mutated_cases(draw: st.DrawFn) -> bytes:
    """A valid case with some lines dropped, doubled, re-indented or given another value, and some bytes changed."""
    lines = BASE.splitlines()
    for _ in range(draw(st.integers(1, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        token = draw(st.sampled_from(TOKENS))
        key, colon, _ = lines[at].partition(":")
        match draw(st.sampled_from(["value", "key", "insert", "double", "drop", "indent"])):
            case "value" if colon:
                lines[at] = f"{key}: {token}"
            case "key":
                lines[at] = lines[at].replace(key.strip(), token, 1)
            case "insert":
                middle = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:middle] + token + lines[at][middle:]
            case "double":
                lines.insert(at, lines[at])
            case "drop" if len(lines) > 1:
                del lines[at]
            case _:
                lines[at] = " " * draw(st.integers(0, 6)) + lines[at].lstrip()
    data = bytearray("\n".join(lines).encode())
    if draw(st.booleans()):
        for at, byte in draw(st.lists(st.tuples(st.integers(0, len(data)), st.integers(0, 255)), max_size=3)):
            data[at : at + draw(st.integers(0, 1))] = bytes([byte])
    return bytes(data)


@pytest.mark.slow
@given(data=st.binary(max_size=300) | mutated_cases() | mutated_cases())
@example(data=b"~")
@example(data=b"---\n")
@example(data=BASE.replace("primary: defence", "primary: {a: b}").encode())
@example(data=BASE.replace("industry: machine tools", "currency: {a: b}").encode())
@example(data=BASE.replace("contract_months_left: 14", f"contract_months_left: {'9' * 5000}").encode())
@example(data=BASE.replace("our_rank: 2", f"our_rank: '{'9' * 400}.5'").encode())
@example(data=BASE.replace("chosen:\n  primary: defence", "expected:\n  positions: {stage: {a: b}}").encode())
@settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_no_input_raises_anything_else(data: bytes, book: Rulebook, tmp_path_factory: pytest.TempPathFactory) -> None:
    """Whatever the file holds, it is read or refused with problems; it never makes the program fail."""
    path = tmp_path_factory.getbasetemp() / "acme.yaml"
    path.write_bytes(data)
    try:
        load_case(path, book)
    except ProblemsFound as found:
        assert found.problems
    except Exception as error:
        _failed(data, error)


def _failed(data: bytes, error: Exception) -> NoReturn:
    pytest.fail(f"{type(error).__name__}: {error}, for a file that holds {data[:2000]!r}")
