"""Broken inputs and what is said about each: the tables in `broken/` hold the inputs and the whole message.

`python tests/broken/record.py` writes the messages anew, for a person to read before committing.
"""

from __future__ import annotations

import functools
import re
import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
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
from kam_expert.review.history import history_file, read_history
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.fact_values import read_value
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.located import Document, read_file

TABLES = Path(__file__).parent / "broken"
CASES: dict[str, Any] = yaml.safe_load((TABLES / "cases.yaml").read_text(encoding="utf-8"))
RULEBOOK: dict[str, Any] = yaml.safe_load((TABLES / "rulebook.yaml").read_text(encoding="utf-8"))
HISTORY: dict[str, Any] = yaml.safe_load((TABLES / "history.yaml").read_text(encoding="utf-8"))
BASE: str = CASES["base"]

Entry = dict[str, Any]

A_NUMBER = r"[\d,]+"
A_PROBLEM = re.compile(rf"^\S.*?:(?:{A_NUMBER}|\(.*? \+\d+\)):{A_NUMBER}  ", re.M)
A_LINE = re.compile(
    rf"((?:rules|knowledge)/[\w./-]+\.yaml)(:|, line | 第 )({A_NUMBER})"
    rf"|(first on line |第 )({A_NUMBER})(?=, again| 行已有)"
)
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
    elif place != "missing":
        target = folder / name.split("/", maxsplit=1)[0]
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
        for sample, pairs in entry.get("samples", {}).items():
            name, text = RULEBOOK["samples"][sample]["file"], RULEBOOK["samples"][sample]["text"]
            text = changed(text, {"name": entry["name"], "replace": pairs or [], **_only(entry, "repeat")})
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
        number = int((line or bare).replace(",", ""))
        lines = path.read_bytes().decode("utf-8", errors="replace").splitlines()[:number]
        for above, text in enumerate(reversed(lines)):
            anchor = AN_ANCHOR.match(text)
            if anchor:
                return f"{name or ''}{between or words}({anchor[1] or anchor[2]} +{above})"
        return found[0]

    return A_LINE.sub(counted, message)


_load = functools.cache(load_rulebook)
_documents: dict[tuple[Path, str | None, bytes], Document] = {}


def _read_once(path: Path, shown_as: str | None = None) -> Document:
    """`read_file`, but a file that is as it was before is not parsed again; nine tenths of a broken rulebook are."""
    if not path.is_file():
        return read_file(path, shown_as)
    key = (path, shown_as, path.read_bytes())
    if key not in _documents:
        _documents[key] = read_file(path, shown_as)
    return replace(_documents[key], problems=list(_documents[key].problems))


def said_about_case(entry: Entry, folder: Path) -> tuple[dict[str, str], int]:
    """What the command line says about the case of an entry, by language, and how many problems Python raises."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(folder)
        monkeypatch.setattr("kam_expert.commands.reading.load_rulebook", _load)
        monkeypatch.setattr("kam_expert.case.load_rulebook", _load)
        name = write_case(entry, folder)
        if entry.get("place") == "unreadable":
            _forbid(monkeypatch, Path(name))
        with pytest.raises(ProblemsFound) as raised:
            load_case(name)
        said = {language: _said(["diagnose", name, "--lang", language], 1) for language in languages_of(entry)}
        return said, len(raised.value.problems)


def said_about_history(entry: Entry, folder: Path) -> tuple[dict[str, str], int]:
    """The same for the history of the base case, when a review of it is asked for."""
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.chdir(folder)
        monkeypatch.setattr("kam_expert.commands.reading.load_rulebook", _load)
        Path("acme.yaml").write_text(BASE, encoding="utf-8")
        history_file("acme.yaml").write_text(changed(HISTORY["base"], entry), encoding="utf-8")
        book = _load()
        with pytest.raises(ProblemsFound) as raised:
            read_history(load_case("acme.yaml", book), book)
        arguments = ["review", "acme.yaml", "--on", HISTORY["reviewed"], "--lang"]
        said = {language: _said([*arguments, language], 1) for language in languages_of(entry)}
        return said, len(raised.value.problems)


def said_about_book(entry: Entry, folder: Path) -> tuple[dict[str, str], int]:
    """The same for the rulebook of an entry, which is read once and refused to the command line as it was to Python."""
    with pytest.MonkeyPatch.context() as monkeypatch, broken_book(entry, folder / "book"):
        monkeypatch.chdir(folder)
        monkeypatch.setattr("kam_expert.rulebook.reading.read_file", _read_once)
        book, profile = "book", entry.get("profile")
        with pytest.raises(ProblemsFound) as raised:
            load_rulebook(book, profile)

        def refused(path: Path | None, asked: str | None) -> NoReturn:
            assert (path, asked) == (Path(book), profile)
            raise raised.value

        monkeypatch.setattr("kam_expert.commands.reading.load_rulebook", refused)
        arguments = ["diagnose", "acme.yaml", "--rules", book, *(["--profile", profile] if profile else []), "--lang"]
        said = {language: anchored(_said([*arguments, language], 2), Path(book)) for language in languages_of(entry)}
        return said, len(raised.value.problems)


def languages_of(entry: Entry) -> tuple[str, ...]:
    return ("en", "zh") if "zh" in entry else ("en",)


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


def _check(entry: Entry, said: dict[str, str], raised: int) -> None:
    """The whole message in each language; an entry with a `fault` has none that is worth keeping yet."""
    assert len(A_PROBLEM.findall(said["en"])) == raised
    assert "fault" in entry or said == {language: entry[language] for language in said}


def _table(table: Entry) -> pytest.MarkDecorator:
    names = [entry["name"] for entry in table["broken"]]
    assert len(set(names)) == len(names), "two entries have the same name"
    return pytest.mark.parametrize("entry", table["broken"], ids=names)


@_table(CASES)
def test_broken_case(entry: Entry, tmp_path: Path) -> None:
    _check(entry, *said_about_case(entry, tmp_path))


@_table(HISTORY)
def test_broken_history(entry: Entry, tmp_path: Path) -> None:
    _check(entry, *said_about_history(entry, tmp_path))


def test_the_base_history_is_in_order(tmp_path: Path, book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("acme.yaml").write_text(BASE, encoding="utf-8")
    history_file("acme.yaml").write_text(HISTORY["base"], encoding="utf-8")
    assert [entry.kind for entry in read_history(load_case("acme.yaml", book), book).entries] == [
        "accepted",
        "progress",
    ]


@pytest.fixture(scope="session")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("workshop")
    new_book(folder)
    return folder


@_table(RULEBOOK)
def test_broken_rulebook(entry: Entry, workshop: Path) -> None:
    _check(entry, *said_about_book(entry, workshop))


def test_samples_are_in_order(workshop: Path) -> None:
    """Each sample is valid before an entry breaks it."""
    with broken_book({"name": "samples", "samples": dict.fromkeys(RULEBOOK["samples"])}, workshop / "book"):
        load_rulebook(workshop / "book")


@pytest.mark.parametrize("entry", CASES["accepted"], ids=[entry["name"] for entry in CASES["accepted"]])
def test_accepted_case(entry: Entry, tmp_path: Path, book: Rulebook, monkeypatch: pytest.MonkeyPatch) -> None:
    """Unusual, but right: judged, without a word on stderr."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("kam_expert.commands.reading.load_rulebook", _load)
    done = CliRunner().invoke(main, ["diagnose", write_case(entry, tmp_path), "--lang", "en"])
    assert (done.exit_code, done.stderr) == (0, "")
    facts = load_case("acme.yaml", book).facts
    for name, value in entry.get("values", {}).items():
        assert facts[name].value == read_value(book.facts[name], value, book.units)


# ---- Inputs nobody thought of

TOKENS = (
    *("", "~", "null", "yes", "true", "unknown", "n/a", "[]", "[a]", "{}", "{a: b}", "[{a: 1}]", "[[a]]", "&a 1", "*a"),
    *(
        "!!str 3",
        "!x 3",
        "''",
        "' '",
        '"\\e"',
        '"\\ud800"',
        "|\n  x",
        ">-",
        "1e999",
        "-1e999",
        ".nan",
        "0",
        "-0",
        "1,5",
    ),
    *("9" * 5000, "9" * 400, "'" + "9" * 400 + ".0'", "23%", "23 months", "２３％", "½", "2026-02-30", "2026-01-01"),
    *("@", "`x`", "%", "?", "- ", ": ", "{", "[", "#", "\t", "\x00", "\x07", "\x85", "\u2028", "\ufeff", "\U0001f600"),
)


@st.composite
def mutated_cases(draw: st.DrawFn) -> bytes:
    """A valid case with some lines dropped, doubled, re-indented or given another value, and some bytes changed."""
    lines = [*BASE.splitlines(), "profile: manufacturer"]
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
@example(data=f"{BASE}profile: {'x' * 300}".encode())
@example(data=f'{BASE}profile: "x\\0y.yaml"'.encode())
@settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck), database=None)
def test_no_input_raises_anything_else(data: bytes, workshop: Path) -> None:
    """Whatever the file holds, it is read or refused with problems; it never makes the program fail."""
    path = workshop / "acme.yaml"
    path.write_bytes(data)
    with pytest.MonkeyPatch.context() as monkeypatch:
        monkeypatch.setattr("kam_expert.case.load_rulebook", _load)
        try:
            load_case(path)
        except ProblemsFound as found:
            assert found.problems
        except Exception as error:
            raise AssertionError(f"{error!r} for a file that holds {data[:1000]!r}") from error
        finally:
            path.write_text(BASE, encoding="utf-8")
