"""Where accounts come from: case files, folders of them, tables in files, queries to databases."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path

from kam_expert.batch.accounts import Accounts, Reading
from kam_expert.batch.blocks import Files, Input, Refusal, Unusable
from kam_expert.batch.other_tables import parquet_tables, query_tables, sheet_tables, sheets_of
from kam_expert.batch.text_tables import text_tables, written
from kam_expert.case import HISTORY_SUFFIX, case_from, profile_named_in, read_case_file
from kam_expert.imports.detecting import DELIMITERS
from kam_expert.imports.sheets import Stated
from kam_expert.problems import Phrase, ProblemsFound

CASE_FILES = (".yaml", ".yml", ".json")
WORKBOOKS = (".xlsx", ".xlsm", ".xlsb", ".xls", ".ods")
TABLES = (".csv", ".tsv", ".txt", *WORKBOOKS, ".parquet")
AT_ONCE = 256  # case files


def stated_of(places: Sequence[str], encoding: str | None, delimiter: str | None) -> Stated:
    """What is said of all text files together, also of those in folders. `delimiter`: its name."""
    paths = [Path(place) for place in places]
    names = [each.name for path in paths for each in (path.iterdir() if path.is_dir() else (path,))]
    return Stated(
        encodings={} if encoding is None else dict.fromkeys(names, encoding),
        delimiters={} if delimiter is None else dict.fromkeys(names, DELIMITERS[delimiter]),
    )


def inputs_of(places: Sequence[str], query: str | None, results: Sequence[Path] = ()) -> tuple[Input, ...]:
    """Each place as an input; a folder is its case files and tables, in the order of their names. Raises `Unusable`.

    `results`: what the run writes; where they lie in a folder they are no input.
    """
    written_to = {each.resolve() for each in results}
    if query is not None:
        return tuple(Input(place, query) for place in places)
    found: list[Input] = []
    for place in places:
        path = Path(place)
        if path.is_dir():
            inside = [
                each
                for each in sorted(path.iterdir())
                if each.suffix.lower() in (*CASE_FILES, *TABLES)
                and each.resolve() not in written_to
                and not each.name.endswith(HISTORY_SUFFIX)
            ]
            if not inside:
                raise Unusable(Phrase("batch.empty_folder", {"folder": place}))
            found += [Input(str(each)) for each in inside if not each.name.startswith(".")]
        elif not path.is_file():
            raise Unusable(Phrase("import.unreadable", {"file": place, "reason": Phrase("batch.no_file")}))
        elif path.suffix.lower() not in (*CASE_FILES, *TABLES):
            allowed = ", ".join((*CASE_FILES, *TABLES))
            raise Unusable(Phrase("batch.kind_unknown", {"file": place, "allowed": allowed}))
        else:
            found.append(Input(place))
    return tuple(found)


Readings = Callable[[str | None], Reading]
"""How accounts are read under a profile that they name themselves; None is what the command line says."""


def accounts_of(inputs: Sequence[Input], readings: Readings, stated: Stated) -> Iterator[tuple[Accounts, float]]:
    """The accounts of all inputs in their order, some at a time, each with how much of everything has been read.

    Raises `Unusable` when an input cannot be read at all, at the latest before its first account.
    """
    total = len(inputs)
    place = 0
    while place < total:
        if _is_case(inputs[place]):
            end = place
            while end < total and end - place < AT_ONCE and _is_case(inputs[end]):
                end += 1
            for files in _cases(inputs[place:end], readings):
                yield readings(files.profile).files(files), end / total
            place = end
            continue
        for accounts, share in _table(inputs[place], readings(None), stated):
            yield accounts, (place + share) / total
        place += 1


def _is_case(source: Input) -> bool:
    return source.query is None and Path(source.place).suffix.lower() in CASE_FILES


def _table(source: Input, reading: Reading, stated: Stated) -> Iterator[tuple[Accounts, float]]:
    path = Path(source.place)
    if source.query is not None:
        tables = query_tables(source, reading.headers)
    elif path.suffix.lower() == ".parquet":
        tables = parquet_tables(path, reading.headers)
    elif path.suffix.lower() in WORKBOOKS:
        tables = sheet_tables(sheets_of(path, stated), path, reading.headers)
    else:
        tables = text_tables(written(path, stated), reading.headers)
    for table in tables:
        yield reading.table(table), table.share


def _cases(inputs: Sequence[Input], readings: Readings) -> Iterator[Files]:
    """Case files in their order, as many together as name the same profile."""
    found: Files | None = None
    for source in inputs:
        each = _case(source, readings)
        if found is not None and found.profile == each.profile:
            each = Files(found.cases + each.cases, each.profile, found.refused + each.refused, found.bad + each.bad)
        elif found is not None:
            yield found
        found = each
    if found is not None:
        yield found


def _case(source: Input, readings: Readings) -> Files:
    document = read_case_file(source.place)
    profile = profile_named_in(document)
    try:
        return Files((case_from(document, readings(profile).book),), profile)
    except ProblemsFound as found:
        refused = []
        for problem in found.problems:
            shown, column = (str(problem.parameters.get(name, "")) for name in ("found", "name"))
            refused.append(Refusal(problem.file, problem.mark.line, column, shown, problem))
        return Files((), profile, tuple(refused), bad=1)
