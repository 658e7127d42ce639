"""The working book: its formulas say what the engine says, for whatever stands in its cells."""

from __future__ import annotations

import io
import random
import re
import shutil
import subprocess
import zipfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
from click.testing import CliRunner
from hypothesis import given
from python_calamine import CalamineWorkbook
from xlsxwriter import Workbook

from kam_expert.case import Given, case_from, load_case, profile_named_in, read_case_file
from kam_expert.case import State as State_
from kam_expert.cli import main
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.engines import plain
from kam_expert.engines.conclusions import Inputs
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, evaluate, round_half_up
from kam_expert.rulebook.expressions import Value
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.wording import Wording, languages, wording
from kam_expert.workbooks.account import workbook
from kam_expert.workbooks.account_sheet import FIRST_ROW, HEADER_ROW, AccountBook
from kam_expert.workbooks.account_validity import WARNING, watched
from kam_expert.workbooks.formula_text import LONGEST_FORMULA
from kam_expert.workbooks.formulas import Formulas, Vocabulary, rows_of, sums_in
from tests import golden_files
from tests.accounts import accounts, examples
from tests.spreadsheet import calculate

ROOT = Path(__file__).parents[1]
CASE = "northern-bottlers"
YES, NO, ABSENT = "yes", "no", "does not apply"
ALLOWED = {  # every Excel since 2007 has them, and none depends on a locale
    *("IF", "AND", "OR", "NOT", "ISNUMBER", "TRUE", "FALSE", "IFERROR", "INDEX", "MATCH", "ROW", "ROWS", "SUBTOTAL"),
    *("COUNT", "COUNTA", "COUNTIF", "COUNTIFS", "SUM", "SUMIFS", "MIN", "MAX", "AVERAGE", "INT", "ROUND", "ABS", "MOD"),
    *("LEN", "MID"),
}
DEEPEST = 64
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
STALE = "999"  # stands in every computed cell before a recalculation, so that what is right has been recalculated


@cache
def made(name: str, language: str) -> bytes:
    case = load_case(ROOT / "cases" / f"{name}.yaml")
    return workbook(diagnose(case, load_rulebook(profile=case.profile)), wording(language))


def parts(content: bytes) -> Mapping[str, str]:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".xml")}


def formulas(content: bytes) -> Iterator[tuple[str, str, str]]:
    """Every formula with its sheet and cell."""
    for name, text in parts(content).items():
        if name.startswith("xl/worksheets/"):
            for cell in ElementTree.fromstring(text).iter(f"{MAIN}c"):
                formula = cell.find(f"{MAIN}f")
                if formula is not None:
                    yield name, cell.get("r", ""), formula.text or ""


def names(content: bytes) -> dict[str, tuple[str, str]]:
    """Every defined name with its sheet and place."""
    root = ElementTree.fromstring(parts(content)["xl/workbook.xml"])
    found = {}
    for each in root.iter(f"{MAIN}definedName"):
        sheet, _, place = (each.text or "").rpartition("!")
        found[each.get("name", "")] = (sheet.strip("'"), place.replace("$", ""))
    return found


def rows(content: bytes | Path) -> dict[str, list[list[Any]]]:
    """The values of every sheet."""
    book = CalamineWorkbook.from_filelike(io.BytesIO(content if isinstance(content, bytes) else content.read_bytes()))
    return {name: book.get_sheet_by_name(name).to_python(skip_empty_area=False) for name in book.sheet_names}


# what the formulas are worth


def cells_of(book: Rulebook, inputs: Inputs, values: Mapping[str, Value], of: Formulas) -> dict[str, Any]:
    """What stands in the named cells of an account: facts may be empty or say that they do not apply."""
    cells: dict[str, Any] = {f"param_{name}": value for name, value in book.parameters.items()}
    for name, type_ in book.vocabulary.names.items():
        if type_.kind == "table":
            cells[rows_of(name)] = len(inputs.tables.get(name, ()))
            continue
        empty = None if name in book.facts else ""
        absent = ABSENT if name in inputs.not_applicable else empty
        cells[of.reference(name)] = written(values.get(name, absent))
        for prefix in ("before", "confidence"):
            cells[f"{prefix}_{name}"] = written(values.get(f"{prefix}.{name}"))
    state = State(values, book.parameters, inputs.tables)
    cells.update({cell: blank(evaluate(sum_, state)) for sum_, cell in of.sums.items()})
    return cells


def written(value: Any) -> Any:
    return (YES if value else NO) if isinstance(value, bool) else value


def blank(value: Any) -> Any:
    return "" if value is None else written(value)


def test_formulas_are_worth_what_the_engine_finds(book: Rulebook) -> None:
    """All measures, parts of scores and rules of any account, by a calculator that knows only spreadsheets."""
    of = Formulas(book, Vocabulary(YES, NO, ABSENT, lambda _, choice: choice), sums_in(book))
    numbers = [
        (name, of.number(each.expression, each.entry.decimals), each.expression, each.entry.decimals)
        for name, each in book.measures.items()
        if each.expression is not None and each.entry.flag is None
    ]
    parts_ = [(part.entry.id, of.number(part.value), part.value) for s in book.scores.values() for part in s.parts]
    flags = [(name, each.expression) for name, each in book.measures.items() if each.entry.flag and each.expression]
    flags += [(rule.id, rule.condition) for rule in book.rules]
    flags += [
        (f"{name} {line.entry.title.en}", line.condition) for name, m in book.measures.items() for line in m.lines
    ]
    conditions = [(name, of.flag(condition), condition) for name, condition in flags]

    @given(accounts(book))
    @examples(25)
    def agree(inputs: Inputs) -> None:
        values = {**inputs.values, **plain.conclude(book, inputs).values}
        cells = cells_of(book, inputs, values, of)
        state = State(values, book.parameters, inputs.tables)
        for name, formula, expression, decimals in numbers:
            found = evaluate(expression, state)
            assert calculate(formula, cells) == ("" if found is None else round_half_up(found, decimals)), name
        for name, formula, expression in parts_:
            found = evaluate(expression, state)
            shown = calculate(formula, cells)
            assert shown == ("" if found is None else pytest.approx(found)), name
        for name, formula, condition in conditions:
            assert calculate(formula, cells) == blank(evaluate(condition, state)), name

    agree()


# the file


@pytest.mark.parametrize("language", languages())
def test_every_formula_is_one_that_excel_reads(language: str) -> None:
    content = made(CASE, language)
    known = names(content)
    found = list(formulas(content))
    assert len(found) > 1500
    for sheet, cell, formula in found:
        where = f"{sheet} {cell} {formula[:200]}"
        assert len(formula) < LONGEST_FORMULA, where
        assert formula.count('"') % 2 == 0, where
        outside = re.sub(r'"(?:[^"]|"")*"', '""', formula)
        assert depth(outside) < DEEPEST, where
        words = set(
            re.findall(r"(?<![$A-Z0-9])[A-Za-z_][A-Za-z0-9_.]*", re.sub(r"\$?[A-Z]{1,3}\$?[0-9]+", "", outside))
        )
        functions = {word for word in words if word.isupper()}
        assert functions <= ALLOWED, where
        assert words - functions <= set(known), where


def depth(formula: str) -> int:
    deepest = now = 0
    for sign in formula:
        now += (sign == "(") - (sign == ")")
        deepest = max(deepest, now)
    assert now == 0, formula
    return deepest


def test_every_name_of_the_rulebook_has_its_cell(book: Rulebook) -> None:
    known = names(made(CASE, "en"))
    of = Formulas(book, Vocabulary(YES, NO, ABSENT, lambda _, choice: choice), sums_in(book))
    computed = (*book.measures, *book.scores, *book.models, *book.signals)
    assert {of.reference(name) for name in computed} <= set(known)
    assert {f"param_{name}" for name in book.parameters} <= set(known)
    facts = {rows_of(name) if fact.type == "table" else of.reference(name) for name, fact in book.facts.items()}
    assert facts <= set(known)


@pytest.mark.parametrize("language", languages())
def test_words_of_a_drop_down_are_told_apart(book: Rulebook, language: str) -> None:
    """A formula compares words without regard to case, so no two answers to one question may be the same word."""
    words = wording(language)
    absent = words.say("workbook.state.n/a").lower()
    for fact in book.facts.values():
        said = [words.text(each).lower() for each in fact.choices.values()]
        assert len({*said, absent}) == len(said) + 1, fact.id
    for model in book.models.values():
        titles = [words.text(cell.title).lower() for cell in model.cells.values()]
        assert len(set(titles)) == len(titles), model.id
    shorts = [words.text(each.short).lower() for each in book.candidates.values()]
    assert len(set(shorts)) == len(shorts)


@pytest.mark.parametrize("language", languages())
def test_what_the_book_looks_like(language: str) -> None:
    """Sheets, headings, the first rows below them, and how formulas read."""
    content = made(CASE, language)
    lines: list[str] = []
    for name, sheet in rows(content).items():
        lines.append(f"# {name}")
        lines += [" | ".join(shown(cell) for cell in row[:14]) for row in sheet[HEADER_ROW : FIRST_ROW + 3]]
    lines.append("# formulas")
    places = names(content)
    written_ = {(sheet, cell): formula for sheet, cell, formula in formulas(content)}
    titles = list(rows(content))
    for name in list(places)[:: max(1, len(places) // 40)]:
        tab, place = places[name]
        part = f"xl/worksheets/sheet{titles.index(tab) + 1}.xml"
        lines.append(f"{name} = {written_.get((part, place), 'a value')}")
    golden_files.check(f"account_workbook/{CASE}.{language}.txt", "\n".join(lines) + "\n")


def shown(cell: Any) -> str:
    text = f"{cell:g}" if isinstance(cell, float) else str(cell)
    return text.replace("\n", " / ")[:60]


def test_same_bytes_and_fit_to_be_handed_over(tmp_path: Path) -> None:
    """By the command line: the same file twice; a name that looks like a formula is a text; a file is needed."""
    source = (ROOT / "cases" / f"{CASE}.yaml").read_text(encoding="utf-8")
    risky = '=HYPERLINK("http://x")'
    named = re.sub(r"name: .*?(?=[,}\n])", lambda _: f"name: '{risky}'", source, count=1)
    case = tmp_path / f"{CASE}.yaml"
    case.write_text(named, encoding="utf-8")
    files = [tmp_path / "one.xlsx", tmp_path / "two.xlsx"]
    for file in files:
        done = CliRunner().invoke(main, ["diagnose", str(case), "--format", "xlsx", "-o", str(file), "--lang", "en"])
        assert (done.exit_code, done.output) == (0, "")
    assert files[0].read_bytes() == files[1].read_bytes()
    assert not [formula for _, _, formula in formulas(files[0].read_bytes()) if "HYPERLINK" in formula]
    assert any(risky in str(cell) for sheet in rows(files[0]).values() for row in sheet for cell in row)
    other = str(ROOT / "cases" / "letting-go.yaml")
    for wrong in ([str(case), "--format", "xlsx"], [str(case), other, "--format", "xlsx", "-o", str(files[0])]):
        done = CliRunner().invoke(main, ["diagnose", *wrong])
        assert done.exit_code == 2 and done.stderr


# as LibreOffice computes it


def recalculated(books: Mapping[str, bytes], folder: Path) -> dict[str, dict[str, list[list[Any]]]]:
    """Every sheet of every book after LibreOffice has computed all its formulas anew."""
    if shutil.which("soffice") is None:
        pytest.skip("LibreOffice is not installed")
    profile, out = folder / "profile", folder / "out"
    (profile / "user").mkdir(parents=True, exist_ok=True)
    (profile / "user" / "registrymodifications.xcu").write_text(
        '<?xml version="1.0" encoding="UTF-8"?>'
        '<oor:items xmlns:oor="http://openoffice.org/2001/registry">'
        '<item oor:path="/org.openoffice.Office.Calc/Formula/Load">'
        '<prop oor:name="OOXMLRecalcMode" oor:op="fuse"><value>0</value></prop></item></oor:items>',
        encoding="utf-8",
    )
    files = []
    for name, content in books.items():
        files.append(folder / f"{name}.xlsx")
        files[-1].write_bytes(edited(content, lambda text: re.sub(r"(</f>)<v>[^<]*</v>", rf"\1<v>{STALE}</v>", text)))
    place = f"-env:UserInstallation={profile.as_uri()}"
    command = ["soffice", place, "--headless", "--convert-to", "xlsx", "--outdir", str(out), *map(str, files)]
    subprocess.run(command, check=True, capture_output=True, timeout=900)
    return {name: rows(out / f"{name}.xlsx") for name in books}


def edited(content: bytes, change: Callable[[str], str], sheet: str = "xl/worksheets/") -> bytes:
    """The file with its sheets changed as text."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as old, zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as new:
        for name in old.namelist():
            text = old.read(name)
            new.writestr(name, change(text.decode()) if name.startswith(sheet) and name.endswith(".xml") else text)
    return buffer.getvalue()


def same(one: Any, other: Any) -> bool:
    if isinstance(one, int | float) and isinstance(other, int | float):
        return abs(one - other) <= 1e-9 * max(1.0, abs(one))
    return bool(one == other)


@pytest.mark.slow
def test_libreoffice_computes_every_cell_of_every_case_as_we_do(
    profiled: Callable[[str | None], Rulebook], case_files: tuple[Path, ...], tmp_path: Path
) -> None:
    books = {}
    for index, file in enumerate(case_files):
        document = read_case_file(file)
        book = profiled(profile_named_in(document))
        language = languages()[index % len(languages())]
        books[file.stem] = workbook(diagnose(case_from(document, book), book), wording(language))
    for name, found in recalculated(books, tmp_path).items():
        for sheet, ours in rows(books[name]).items():
            theirs = found[sheet]
            for y, row in enumerate(ours):
                for x, value in enumerate(row):
                    other = theirs[y][x] if y < len(theirs) and x < len(theirs[y]) else ""
                    assert same(value, other), (name, sheet, y + 1, x + 1, value, other)


@pytest.mark.slow
def test_a_fact_changed_in_the_book_moves_it_as_it_moves_the_engine(book: Rulebook, tmp_path: Path) -> None:
    """Other values are written into cells of the book, LibreOffice computes, and the engine judges the changed case."""
    chance = random.Random(6)
    books, expected = {}, {}
    for index, name in enumerate((CASE, "neglected-star", "turnover-without-profit", CASE)):
        words = wording(languages()[index % len(languages())])
        case = replace(load_case(ROOT / "cases" / f"{name}.yaml", book), profile=None)
        content = workbook(diagnose(case, book), words)
        changed, typed = case, dict[str, Any]()
        for fact in chance.sample([f for f, each in book.facts.items() if each.type not in ("table", "text")], 12):
            value = drawn(book, fact, chance)
            stated = changed.facts.get(fact, Given("unknown"))
            state: State_ = "unknown" if value is None else "n/a" if value == "n/a" else "given"
            known = value if state == "given" else None
            new = Given(state, known, (), stated.before, stated.as_of, stated.source)
            changed = replace(changed, facts={**changed.facts, fact: new})
            typed[fact] = value
        key = f"{index}-{name}"
        books[key] = typed_into(content, typed, book, words)
        expected[key] = workbook(diagnose(changed, book), words)
    moved = 0
    for key, found in recalculated(books, tmp_path).items():
        ours, places = rows(expected[key]), names(expected[key])
        for name, (sheet, place) in places.items():
            if name.startswith(("measure_", "score_", "position_", "signal_", "sum_", "points_", "votes_counted")):
                theirs = area(found[sheet], place)
                pairs = zip(area(ours[sheet], place), theirs, strict=True)
                assert all(same(one, other) for one, other in pairs), (key, name, theirs)
                moved += theirs != area(rows(books[key])[sheet], place)
        columns = [places[f"strategies_{column}"] for column in ("strategy", "live_points")]
        points = [dict(zip(*(area(each[tab], at) for tab, at in columns), strict=True)) for each in (ours, found)]
        assert points[0] == points[1], key
    assert moved > 50


@pytest.mark.slow
def test_the_book_says_that_its_advice_no_longer_holds(book: Rulebook, tmp_path: Path) -> None:
    """A hold that is set in the book, or lifted in it, stands at the top of the first sheet."""
    books = {}
    for language in languages():
        words = wording(language)
        case = replace(load_case(ROOT / "cases" / f"{CASE}.yaml", book), profile=None)
        facts = {**case.facts, "compliance_flag": Given("given", True)}
        held = replace(case, facts=facts)
        for name, each, typed in (("set", case, True), ("same", case, False), ("lifted", held, False)):
            content = workbook(diagnose(each, book), words)
            tab, place = names(content)[WARNING]
            assert area(rows(content)[tab], place) == [""]
            books[f"{name}-{language}"] = typed_into(content, {"compliance_flag": typed}, book, words)
    for key, found in recalculated(books, tmp_path).items():
        tab, place = names(books[key])[WARNING]
        (said,) = area(found[tab], place)
        name, language = key.split("-")
        head, title = wording(language).say("account_workbook.now.void"), book.rule("compliance-hold").entry.title
        assert said == ("" if name == "same" else head + wording(language).text(title)), key


def test_what_the_advice_stands_or_falls_with(book: Rulebook) -> None:
    """Every level rule where something is advised; the deciding one where it is not; then nothing has changed yet."""
    advised = diagnose(replace(load_case(ROOT / "cases" / f"{CASE}.yaml", book), profile=None), book)
    seen = [each.rule.id for each in watched(_account(advised))]
    assert [rule.id for rule in book.rules_of("level")] == seen[: len(book.rules_of("level"))]
    primary = advised.recommendation.primary
    barring = {rule.id for rule in book.rules_of("bar") if primary in getattr(rule.entry, "bars", ())}
    assert barring <= set(seen) and not any(each.fired for each in watched(_account(advised)))
    held = replace(advised.case, facts={**advised.case.facts, "compliance_flag": Given("given", True)})
    (only,) = watched(_account(diagnose(held, book)))
    assert only.fired and only.rule.id == "compliance-hold"


def _account(diagnosis: Diagnosis) -> AccountBook:
    return AccountBook(Workbook(io.BytesIO()), diagnosis, wording("en"))


def drawn(book: Rulebook, name: str, chance: random.Random) -> Value | None:
    """Any value of a fact; sometimes none, sometimes that it does not apply."""
    fact = book.facts[name]
    if chance.random() < 0.25:
        return chance.choice([None, "n/a"])
    match fact.type:
        case "flag":
            return chance.random() < 0.5
        case "choice":
            return chance.choice(sorted(fact.choices))
        case "rating":
            return chance.randint(1, 5)
    low, high = fact.plausible or fact.range or (0, 100)
    return chance.randint(int(low), int(high)) if fact.integer else round(chance.uniform(low, min(high, 1e7)), 1)


def typed_into(content: bytes, typed: Mapping[str, Any], book: Rulebook, words: Wording) -> bytes:
    """The book after somebody has typed other values into the cells of facts."""
    places = names(content)
    tab = places[f"fact_{next(iter(typed))}"][0]
    part = f"xl/worksheets/sheet{list(rows(content)).index(tab) + 1}.xml"

    def change(xml: str) -> str:
        for name, value in typed.items():
            place, cell = places[f"fact_{name}"][1], cell_of(book, name, value, words)
            pattern = rf'<c r="{place}"( s="[0-9]+")[^>]*?(?:/>|>.*?</c>)'
            found = re.search(pattern, xml)
            assert found is not None, (name, place)
            xml = f'{xml[: found.start()]}<c r="{place}"{found[1]}{cell}{xml[found.end() :]}'
        return xml

    return edited(content, change, part)


def cell_of(book: Rulebook, name: str, value: Any, words: Wording) -> str:
    """The rest of a cell as the file has it, in the words of the sheet."""
    if value is None:
        return "/>"
    choices = book.facts[name].choices
    text = (
        words.say("workbook.state.n/a") if value == "n/a" else words.text(choices[value]) if value in choices else value
    )
    if isinstance(text, bool):
        text = words.say("yes" if text else "no")
    if isinstance(text, str):
        return f' t="inlineStr"><is><t>{text.replace("&", "&amp;")}</t></is></c>'
    return f"><v>{text}</v></c>"


def area(sheet: list[list[Any]], place: str) -> list[Any]:
    """The values of a cell or a column of cells."""
    first, _, last = place.partition(":")
    (x, y), (_, bottom) = position(first), position(last or first)
    return [sheet[row][x] if row < len(sheet) and x < len(sheet[row]) else "" for row in range(y, bottom + 1)]


def position(place: str) -> tuple[int, int]:
    letters = place.rstrip("0123456789")
    column = 0
    for letter in letters:
        column = column * 26 + ord(letter) - 64
    return column - 1, int(place.removeprefix(letters)) - 1
