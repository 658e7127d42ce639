"""`rulebook test`: clauses, coverage, mutants and the territory; on the shipped rulebook and on broken copies of it."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from kam_expert.case import case_from
from kam_expert.case_text import case_file
from kam_expert.cli import main
from kam_expert.engines import plain
from kam_expert.engines.compiled import Compiled
from kam_expert.maintenance import territory
from kam_expert.maintenance.coverage import coverage
from kam_expert.maintenance.distinguishing import difference
from kam_expert.maintenance.examples import Judged, examples_of_rule
from kam_expert.maintenance.mutants import KINDS, ConditionMutant, mutants, with_condition
from kam_expert.maintenance.mutation import mutate
from kam_expert.maintenance.plausible import average, plausible
from kam_expert.rulebook.book import Rule, Rulebook
from kam_expert.rulebook.clauses import clauses, decides, marked
from kam_expert.rulebook.evaluation import State, evaluate
from kam_expert.rulebook.expressions import Expression, base_name, names_in
from kam_expert.rulebook.located import read_file
from kam_expert.rulebook.parsing import parse_condition
from kam_expert.rulebook.territory import Limits, load_territory
from kam_expert.rulebook.written import written
from tests.accounts import generated

ROOT = Path(__file__).parents[1]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["rulebook", "test", *arguments])


def read(book: Rulebook, text: str) -> Expression:
    def refuse(code: str, offset: int, /, **parameters: object) -> None:
        raise AssertionError(f"{text}: {code} {parameters}")

    found = parse_condition(text, book.vocabulary, refuse, catch_all=True)
    assert found is not None
    return found


def copied(folder: Path) -> Path:
    for name in ("knowledge", "rules", "cases"):
        shutil.copytree(ROOT / name, folder / name)
    return folder


def test_every_condition_is_written_so_that_it_reads_back(book: Rulebook) -> None:
    for rule in book.rules:
        assert read(book, written(rule.condition)) == rule.condition, rule.id


def test_marks_from_left_to_right(book: Rulebook) -> None:
    condition = read(book, "trading and (trust_level >= 3 or key_contact_change) and not certain(our_rank == 1)")
    state = State({"trading": True, "trust_level": 4, "our_rank": 1}, book.parameters)
    assert [each.mark for each in marked(condition, state)] == ["true", "true", "not_reached", "false"]
    state = State({"trading": False}, book.parameters)
    assert [each.mark for each in marked(condition, state)] == ["false", "not_reached", "not_reached", "not_reached"]
    state = State({}, book.parameters)
    assert [each.mark for each in marked(condition, state)] == ["unknown", "unknown", "unknown", "true"]
    assert [decides(condition, index, state) for index in range(len(clauses(condition)))] == [False] * 4


def test_a_clause_decides_only_when_the_rest_lets_it(book: Rulebook) -> None:
    condition = read(book, "trading and (trust_level >= 3 or key_contact_change)")
    state = State({"trading": True, "trust_level": 2, "key_contact_change": False}, book.parameters)
    assert [decides(condition, index, state) for index in range(3)] == [False, True, True]
    state = State({"trading": True, "trust_level": 3, "key_contact_change": True}, book.parameters)
    assert [decides(condition, index, state) for index in range(3)] == [True, False, False]


def rule_with(book: Rulebook, text: str, **examples: tuple[dict[str, int], ...]) -> tuple[Rulebook, Rule]:
    """The rulebook with one rule less: its first vote rule has another condition and other examples."""
    first = next(rule for rule in book.rules if rule.kind == "vote")
    condition = read(book, text)
    entry = first.entry.model_copy(update=examples)
    rule = replace(first, entry=entry, condition=condition, effective=condition)
    return replace(book, rules=tuple(rule if each.id == rule.id else each for each in book.rules)), rule


def test_mutants_at_a_boundary(book: Rulebook) -> None:
    """Without an example at the boundary the next rating up goes unnoticed, and what would settle it is named."""
    examples = {"fires": ({"trust_level": 4},), "silent": ({"trust_level": 2},)}
    changed, rule = rule_with(book, "trust_level >= 3", **examples)
    found = mutate(changed, [], only=rule.id)
    conditions = [each for each in found.tried if each.mutant.kind != "vote"]
    fates = {each.mutant.now: each.fate for each in conditions}
    assert fates == {"trust_level > 3": "survived", "trust_level >= 4": "survived", "trust_level >= 2": "example"}
    settles = [each.settles for each in conditions if each.settles]
    assert [(dict(each.values), each.holds) for each in settles] == [({"trust_level": 3}, True)] * 2
    changed, rule = rule_with(book, "trust_level >= 3", **{**examples, "fires": ({"trust_level": 3},)})
    assert {each.fate for each in mutate(changed, [], only=rule.id).tried if each.mutant.kind != "vote"} == {"example"}


def test_mutants_of_the_same_meaning(book: Rulebook) -> None:
    """A rating below which nothing lies; two cuts of which one says it all; a solver that knows more."""
    examples = {"fires": ({"trust_level": 1},), "silent": ({},)}
    changed, rule = rule_with(book, "trust_level >= 1", **examples)
    fates = {each.mutant.now: each.fate for each in mutate(changed, [], only=rule.id).tried}
    assert fates["trust_level >= 0"] == "equivalent" and fates["trust_level > 1"] == "example"
    text = "trust_level >= 2 and trust_level >= 4 and our_rank == 1"
    condition, other = read(book, text), read(book, "trust_level >= 4 and our_rank == 1")
    assert difference(book, condition, other, [{"trust_level": 4, "our_rank": 1}]) == (None, True)
    asked: list[str] = []

    def knows(_book: Rulebook, one: Expression, _other: Expression) -> bool:
        asked.append(written(one))
        return True

    changed, rule = rule_with(book, "trust_level >= 3", fires=({"trust_level": 5},), silent=({"trust_level": 1},))
    found = mutate(changed, [], only=rule.id, equivalent=knows)
    assert asked and {each.fate for each in found.tried if each.mutant.kind == "threshold"} == {"equivalent"}


def test_rows_read_after_a_changed_row_follow(book: Rulebook) -> None:
    model = next(name for name, entry in book.models.items() if entry.policy == "first")
    rows = tuple(rule for rule in book.rules if rule.target == model)
    same = with_condition(rows, rows[0], rows[0].condition, book)
    assert [row.effective for row in same] == [row.effective for row in rows]
    never = read(book, "trust_level > 5")
    changed = with_condition(rows, rows[0], never, book)
    assert [row.effective != other.effective for row, other in zip(changed, rows, strict=True)] == [True] * len(rows)


def test_every_kind_of_mutant_is_made_and_differs(book: Rulebook) -> None:
    found = mutants(book)
    for mutant in found:
        assert mutant.was != mutant.now, mutant
        if isinstance(mutant, ConditionMutant):
            assert mutant.condition != mutant.rule.condition
            assert read(book, written(mutant.condition)) is not None
    assert {mutant.kind for mutant in found} == set(KINDS)


def test_a_difference_is_one(book: Rulebook) -> None:
    for mutant in mutants(book)[::7]:
        if isinstance(mutant, ConditionMutant):
            one, other = mutant.rule.condition, mutant.condition
            starts = [example.values for example in examples_of_rule(mutant.rule)]
            found, _ = difference(book, one, other, starts)
            if found is not None:
                state = State(found.values, book.parameters)
                assert found.holds is (evaluate(one, state) is True) is not (evaluate(other, state) is True)


@pytest.mark.slow
def test_most_changes_are_noticed(book: Rulebook, case_files: tuple[Path, ...]) -> None:
    done = run("--mutate", "--format", "json", "--lang", "en")
    assert done.exit_code == 0, done.stderr
    found = json.loads(done.stdout)
    assert found["score"] >= 0.8
    assert found["by_kind"]["connective"]["score"] == 1


def test_coverage_counts_what_examples_try(book: Rulebook) -> None:
    examples = {"fires": ({"trust_level": 4},), "silent": ({},)}
    changed, rule = rule_with(book, "trust_level >= 3 and our_rank == 1", **examples)
    found = next(each for each in coverage(changed, []).rules if each.rule.id == rule.id)
    assert found.fired_examples == 0 and [clause.covered for clause in found.clauses] == [False, False]


# the command


def test_the_shipped_rulebook_passes() -> None:
    done = run("--lang", "en")
    assert done.exit_code == 0 and done.stderr == "" and "All in order" in done.stdout


def test_what_fails_is_said_clause_by_clause(tmp_path: Path) -> None:
    root = copied(tmp_path)
    file = root / "rules" / "votes" / "matrix.yaml"
    text = file.read_text(encoding="utf-8")
    changed = text.replace("matrix_cell == strategic\n", "matrix_cell == star\n", 1)
    assert changed != text
    file.write_text(changed, encoding="utf-8")
    done = run("--rules", str(root), "--lang", "en")
    assert done.exit_code == 1 and "Traceback" not in done.stderr
    assert "[true]" in done.stdout and "[false]" in done.stdout and "rules/votes/matrix.yaml:" in done.stdout


def test_a_case_that_gets_something_else_fails(tmp_path: Path) -> None:
    cases = sorted((ROOT / "cases").glob("*.yaml"))
    case = next(path for path in cases if "\n  primary: defence" in path.read_text("utf-8"))
    lines = case.read_text(encoding="utf-8").splitlines()
    changed = ["  primary: managed_exit" if line.startswith("  primary:") else line for line in lines]
    (tmp_path / case.name).write_text("\n".join(changed), encoding="utf-8")
    done = run("--cases", str(tmp_path), "--lang", "zh")
    assert done.exit_code == 1 and "managed_exit" in done.stdout
    (tmp_path / "broken.yaml").write_text("case: broken\n", encoding="utf-8")
    done = run("--cases", str(tmp_path), "--format", "json", "--lang", "en")
    assert done.exit_code == 1 and "broken.yaml" in done.stderr
    (failed,) = json.loads(done.stdout)["failed_cases"]
    assert failed["case"] == case.stem and failed["unmet"][0]["expected"] == "managed_exit"


def test_one_rule_over_the_cases(book: Rulebook) -> None:
    rule = next(rule for rule in book.rules if rule.kind == "vote")
    found = json.loads(run("--rule", rule.id, "--format", "json").stdout)
    assert len(found["cases"]) == len(list((ROOT / "cases").glob("*.yaml")))
    for case in found["cases"]:
        assert len(case["clauses"]) == len(clauses(rule.condition))
    assert rule.entry.title.zh in run("--rule", rule.id, "--lang", "zh").stdout


@pytest.mark.slow
def test_coverage_in_words() -> None:
    done = run("--coverage", "--lang", "en")
    assert done.exit_code == 0 and "decided both ways." in done.stdout
    assert json.loads(run("--coverage", "--format", "json").stdout)["rules"] > 0


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--rule", "strategic-cell-invst"], "strategic-cell-invest"),
        (["--mutate", "--only", "treshold"], "threshold"),
        (["--mutate", "--coverage"], "--coverage"),
        (["--cases", "nowhere"], "nowhere"),
        (["--rules", "nowhere"], "nowhere"),
    ],
)
def test_wrong_use(arguments: list[str], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    done = run(*arguments, "--lang", "en")
    assert done.exit_code == 2 and done.stdout == "" and "Traceback" not in done.stderr
    assert said in done.stderr or said == "nowhere"


# the territory


def test_every_fact_that_rules_read_is_drawn(book: Rulebook) -> None:
    read_by_rules: set[str] = set()
    waiting = [name for rule in book.rules for name in names_in(rule.effective)]
    waiting += [name for rule in book.rules if rule.formula for name in names_in(rule.formula)]
    waiting += [
        name for measure in book.measures.values() if measure.expression for name in names_in(measure.expression)
    ]
    waiting += [
        name for measure in book.measures.values() for line in measure.lines for name in names_in(line.condition)
    ]
    waiting += [name for score in book.scores.values() for part in score.parts for name in names_in(part.value)]
    read_by_rules |= {base_name(name) for name in waiting} & set(book.facts)
    drawn = {draw.entry.fact for draw in load_territory(book).draws}
    assert sorted(read_by_rules - drawn) == [], "add them to knowledge/territory.yaml"


def test_invented_accounts_are_legal_possible_and_repeatable(book: Rulebook, tmp_path: Path) -> None:
    """Each can be written as a case file and read back, and no contradiction is noted about any."""
    read_territory = load_territory(book)
    contradictions = [name for name, signal in book.signals.items() if signal.kind == "contradiction"]
    trading = 0
    for number in range(120):
        case = plausible(read_territory, book, 7, number)
        assert plausible(read_territory, book, 7, number) == case
        file = tmp_path / f"{case.id}.yaml"
        file.write_text(case_file(case), encoding="utf-8")
        again = Judged(case_from(read_file(file, str(file)), book), book)
        judged = Judged(case, book)
        assert again.recommendation == judged.recommendation
        assert [name for name in contradictions if judged.conclusions.values.get(name)] == []
        trading += judged.conclusions.values.get("trading") is True
    assert 0.65 < trading / 120 < 0.88
    assert Judged(average(read_territory, book), book).recommendation.level == "advised"


def test_the_compiled_rulebook_concludes_what_the_oracle_does(book: Rulebook) -> None:
    compiled = Compiled(book)
    accounts = [plausible(load_territory(book), book, 3, number).inputs(book) for number in range(60)]
    for inputs in [*accounts, *generated(book, 150, seed=5)]:
        assert compiled.conclude(inputs) == plain.conclude(book, inputs)


@pytest.mark.slow
def test_the_survey_is_the_same_on_any_number_of_processes(book: Rulebook) -> None:
    one, two = (territory.answers(300, 2, processes=count) for count in (1, 2))
    assert one == two and [each.number for each in one] == list(range(300))
    read_territory = load_territory(book)
    found = territory.survey(one, read_territory, book, 2)
    assert sum(found.levels.values()) == pytest.approx(100)
    assert sum(each.primary for each in found.strategies) == pytest.approx(found.levels["advised"])
    assert all(len(chosen) <= 5 for chosen in found.odd.values())


def test_limits_and_their_exceptions(book: Rulebook) -> None:
    reason = load_territory(book).entry.limits.reason
    found = territory.answers(100, 2, processes=1)
    often = max(book.candidates, key=lambda name: sum(each.primary == name for each in found))
    read_territory = load_territory(book)

    def violated(**limits: object) -> set[tuple[str, str | None]]:
        stated = Limits.model_validate({"most_primary": 100.0, "least_primary": 0.0, "reason": reason, **limits})
        entry = read_territory.entry.model_copy(update={"limits": stated})
        survey = territory.survey(found, replace(read_territory, entry=entry), book, 2)
        return {(each.kind, each.strategy) for each in survey.violations}

    assert violated(most_ties=100.0) == set()
    assert violated(most_ties=100.0, most_primary=1.0) >= {("too_often", often)}
    assert ("too_often", often) not in violated(most_ties=100.0, most_primary=1.0, exceptions={often: reason})
    assert violated(most_ties=0.0) == {("ties", None)}
    assert ("too_rare", often) in violated(most_ties=100.0, least_primary=99.0)


@pytest.mark.slow
def test_territory_command_and_its_accounts(tmp_path: Path) -> None:
    done = run("--territory", "60", "--seed", "4", "--show", "1", "--into", str(tmp_path / "odd"), "--lang", "en")
    assert done.exit_code in (0, 1) and "60 invented accounts" in done.stdout and done.stderr == ""
    written_cases = sorted((tmp_path / "odd").glob("*.yaml"))
    assert written_cases
    assert CliRunner().invoke(main, ["diagnose", *map(str, written_cases)]).exit_code == 0
    assert run("--territory", "60", "--seed", "4", "--lang", "zh").stdout.startswith("60 个虚拟客户")


def test_mistakes_in_the_territory_file(tmp_path: Path) -> None:
    root = copied(tmp_path)
    file = root / "knowledge" / "territory.yaml"
    text = file.read_text(encoding="utf-8")
    text = text.replace("{fact: trust_level, if:", "{fact: trust_levl, if:", 1).replace(
        "yes: 12", "values: [1, 2, 3, 4, 5]"
    )
    text = text.replace("weights: {worth: 0.8}, spread: 0.8, shares", "weights: {wrth: 0.8}, spread: 0.8, shares", 1)
    file.write_text(text, encoding="utf-8")
    done = run("--territory", "10", "--rules", str(root), "--lang", "en")
    assert done.exit_code == 2 and "Traceback" not in done.stderr
    assert "trust_level" in done.stderr and "`wrth`" in done.stderr and "exactly one of yes" in done.stderr
    assert run("--rules", str(root), "--lang", "en").exit_code == 0, "the rulebook itself does not need the file"
    file.unlink()
    assert run("--territory", "10", "--rules", str(root), "--lang", "en").exit_code == 2
