"""Explanations: what they say is what the engines found, in both languages, and mistakes are answered."""

from __future__ import annotations

import json
import random
from collections.abc import Callable
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
from click.testing import CliRunner, Result
from wcwidth import wcswidth

import kam_expert
from kam_expert.case import case_from, profile_named_in, read_case_file
from kam_expert.cli import main
from kam_expert.diagnosis import Diagnosis, diagnose
from kam_expert.engines import plain
from kam_expert.engines.conclusions import Firing
from kam_expert.explanation.explained import Explained
from kam_expert.explanation.how import explain_how
from kam_expert.explanation.parts import part_found
from kam_expert.explanation.steps import Step, undefined_by
from kam_expert.explanation.what_if import what_if
from kam_expert.explanation.why_not import why_not
from kam_expert.problems import ProblemsFound
from kam_expert.prose import Prose
from kam_expert.recommendation import Recommendation, recommend
from kam_expert.reports.text import WIDTH
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.evaluation import State, round_half_up
from kam_expert.rulebook.expressions import Parameter, base_name, names_in, walk
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.naming import UnknownName
from kam_expert.rulebook.parsing import parse_condition
from kam_expert.rulebook.schema import VoteRule
from kam_expert.wording import languages, wording
from tests.golden_files import check

ROOT = Path(__file__).parents[1]
CASE = str(ROOT / "cases" / "northern-bottlers.yaml")

RECORDED: dict[str, tuple[str, Callable[[Diagnosis], Explained]]] = {
    "how-primary": ("northern-bottlers", lambda found: explain_how(found, "primary")),
    "how-score": ("northern-bottlers", lambda found: explain_how(found, "客户吸引力")),
    "how-stage": ("northern-bottlers", lambda found: explain_how(found, "stage", depth=1)),
    "how-level": ("who-are-they", lambda found: explain_how(found, "level")),
    "how-signal": ("letting-go", lambda found: explain_how(found, "tender_attack")),
    "why-not-blocked": ("northern-bottlers", lambda found: why_not(found, "Co-innovation")),
    "why-not-waiting": ("northern-bottlers", lambda found: why_not(found, "penetration")),
    "why-not-two": ("letting-go", lambda found: why_not(found, "resource_allocation")),
    "why-not-barred": ("who-are-they", lambda found: why_not(found, "渗透")),
    "what-if-tender": ("northern-bottlers", lambda found: what_if(found, {"months_to_tender": "14 months"})),
    "what-if-several": (
        "letting-go",
        lambda found: what_if(found, {"trust_level": "unknown", "months_to_tender": 3, "main_competitor": "n/a"}),
    ),
}


@cache
def book_of(profile: str | None) -> Rulebook:
    return load_rulebook(profile=profile)


@cache
def diagnosed(path: Path) -> Diagnosis:
    document = read_case_file(path)
    book = book_of(profile_named_in(document))
    return diagnose(case_from(document, book), book)


def named(case: str) -> Diagnosis:
    return diagnosed(ROOT / "cases" / f"{case}.yaml")


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["explain", *arguments])


@pytest.mark.parametrize("name", RECORDED)
def test_as_recorded(name: str) -> None:
    case, explain = RECORDED[name]
    explained = explain(named(case))
    for language in languages():
        check(f"explain/{case}.{name}.{language}.txt", explained.text(language))
    check(f"explain/{case}.{name}.json", json.dumps(explained.json(), ensure_ascii=False, indent=1) + "\n")


def readable(explained: Explained) -> None:
    """Nothing is wider than the terminal, left unworded or unfit for JSON."""
    json.dumps(explained.json())
    for language in languages():
        shown = explained.text(language)
        assert max(wcswidth(line) for line in shown.split("\n")) <= WIDTH
        assert "None" not in shown and "{" not in shown and "Name(" not in shown
    assert str(explained) == explained.text("en") != explained.text("zh")


# ---- how


def conclusions_of(diagnosis: Diagnosis) -> list[str]:
    book = diagnosis.book
    return [*book.order, *book.candidates, *(rule.id for rule in book.rules), "primary", "level"]


def test_how_the_primary_came_about(case_file: Path) -> None:
    """Every rule that is named fired, the leaves are facts as the case gives them, and the points add up."""
    found = diagnosed(case_file)
    explained = explain_how(found, "primary")
    readable(explained)
    facts = found.case.facts
    for step in explained.steps[0].walk():
        if step.sort == "rule":
            assert found.conclusions.fired(step.name)
        if step.sort == "fact" and not step.by and base_name(step.name) in found.conclusions.values:
            assert (not step.again and facts[base_name(step.name)].state == "given") or step.again
        if step.sort == "strategy":
            standing = found.recommendation.standing(step.name)
            assert sum(vote.points for vote in standing.votes) == standing.score
            assert {vote.rule for vote in standing.votes} <= {each.name for each in step.by}


def test_each_step_is_explained_once(case_file: Path) -> None:
    for name in ("primary", diagnosed(case_file).recommendation.standings[0].id):
        steps = [each for root in explain_how(diagnosed(case_file), name).steps for each in root.walk()]
        shown = [(each.sort, each.name) for each in steps if not each.again and each.owner is None]
        assert len(shown) == len(set(shown))
        assert {(each.sort, each.name) for each in steps if each.again} <= set(shown)


def test_parts_add_up_to_their_score(case_file: Path) -> None:
    found = diagnosed(case_file)
    for score in found.scores:
        entry = found.book.scores[score.id]
        if score.value is None or (entry.entry.prefer is not None and entry.entry.prefer in found.conclusions.values):
            continue
        adds = [part_found(found, score.id, part.entry.id).adds for part in entry.parts]
        assert round_half_up(sum(each for each in adds if each is not None), entry.entry.decimals) == score.value


@pytest.mark.parametrize(
    "case",
    ["who-are-they", *(pytest.param(each, marks=pytest.mark.slow) for each in ("northern-bottlers", "chairman-only"))],
)
def test_everything_can_be_explained(case: str) -> None:
    """Known or unknown, fired or silent: each conclusion down to facts, thresholds or what is missing."""
    found = named(case)
    book = found.book
    for name in conclusions_of(found):
        explained = explain_how(found, name)
        assert explained.text("zh") and json.dumps(explained.json())
        for step in (each for root in explained.steps for each in root.walk()):
            if step.alternative is None:
                continue
            for clause in step.alternative.failed:
                assert plain.truth(clause, book, found.conclusions.values) is False
            for clause in step.alternative.unknown:
                assert plain.truth(clause, book, found.conclusions.values) is None
            for clause in step.alternative.holding:
                assert plain.truth(clause, book, found.conclusions.values) is True


def test_an_unknown_value_leads_to_what_is_missing() -> None:
    """Below each unknown value stands an unknown fact, or a measure that has no value for such an account."""
    found = named("who-are-they")
    state = State(found.conclusions.values, found.book.parameters)

    def ends(step: Step) -> bool:
        if step.sort == "measure":
            condition = undefined_by(found.book.measures[step.name], state)
            return condition is not None and plain.truth(condition, found.book, state.values) is True
        return step.sort == "fact" and step.name not in found.conclusions.values

    unknown = [name for name in found.book.order if name not in found.conclusions.values]
    assert unknown
    for name in unknown:
        (step,) = [each for each in explain_how(found, name).steps if each.name == name]
        assert any(map(ends, step.walk())), name


def test_depth_cuts_and_says_so() -> None:
    found = named("northern-bottlers")

    def deepest(step: Step) -> int:
        return 1 + max((deepest(each) for each in step.by), default=-1)

    for depth in (1, 2, 4):
        (step,) = explain_how(found, "primary", depth).steps
        assert deepest(step) <= depth and any(each.cut for each in step.walk())
    assert not any(each.cut for each in explain_how(found, "primary").steps[0].walk())


def test_thresholds_of_clauses_are_explained() -> None:
    found = named("northern-bottlers")
    (step,) = explain_how(found, "tender-soon-hold-terms").steps
    rule = found.book.rule(step.name)
    parameters = {node.name for node in walk(rule.condition) if isinstance(node, Parameter)}
    assert parameters and parameters == {each.name for each in step.by if each.sort == "parameter"}


# ---- why not


def voting(diagnosis: Diagnosis, strategy: str, points: int) -> Recommendation:
    """The recommendation with so many rules more that fire and give the strategy one point each."""
    book = diagnosis.book
    word = next(name for name, strength in book.selection.strengths.items() if strength.points == 1)
    sample = next(rule for rule in book.rules if isinstance(rule.entry, VoteRule))
    more = tuple(
        replace(sample, entry=sample.entry.model_copy(update={"id": f"more-{index}", "votes": {strategy: word}}))
        for index in range(points)
    )
    firings = (*diagnosis.conclusions.firings, *(Firing(rule.id, ()) for rule in more))
    return recommend(replace(book, rules=(*book.rules, *more)), replace(diagnosis.conclusions, firings=firings))


def test_points_missing(case_file: Path) -> None:
    """So many votes more and the strategy is chosen, one fewer and it is not; where none suffice, many do not."""
    found = diagnosed(case_file)
    for strategy in found.book.candidates:
        (answer,) = why_not(found, strategy).answers
        for distance in (answer.primary, answer.secondary):

            def chosen(points: int, role: str = distance.role, strategy: str = strategy) -> bool:
                result = voting(found, strategy, points)
                return strategy == result.primary if role == "primary" else strategy in result.secondary

            if distance.points is None:
                assert not any(map(chosen, (0, 5, 40)))
            else:
                assert chosen(distance.points) and not any(map(chosen, range(distance.points)))


def test_why_not_every_candidate(case_file: Path) -> None:
    """Votes, obstacles and silent rules are those of the account, and unmet clauses are unmet for the oracle too."""
    found = diagnosed(case_file)
    book, values = found.book, found.conclusions.values
    fired = {firing.rule for firing in found.conclusions.firings}
    for standing in found.recommendation.standings:
        explained = why_not(found, standing.id)
        (answer,) = explained.answers
        assert answer.chosen is (standing.status in ("primary", "secondary"))
        assert sum(vote.points for vote in (*answer.supporting, *answer.against)) == standing.score
        assert {each.rule for each in answer.closed_by} <= fired
        assert (standing.status in ("vetoed", "not_eligible", "blocked")) <= bool(answer.closed_by)
        wanted = {
            rule.id
            for rule in book.rules
            if isinstance(rule.entry, VoteRule)
            and book.selection.strengths.get(rule.entry.votes.get(standing.id, "veto")).points > 0  # type: ignore[union-attr]
        }
        assert {each.rule for each in answer.silent if each.points} == wanted - fired
        for silent in answer.silent:
            assert silent.missing
            for lack in silent.missing:
                assert plain.truth(lack.clause, book, values) is (None if lack.unknown else False)
        order = [(each.failed, each.unknown) for each in answer.silent]
        assert order == sorted(order)
    readable(explained)


def test_the_distance_of_a_clause_closes_it() -> None:
    """A number moved by the distance meets its bound, or stands on it where the bound itself does not count."""
    found = named("northern-bottlers")
    seen = 0
    for strategy in found.book.candidates:
        for lack in (each for silent in why_not(found, strategy).answers[0].silent for each in silent.missing):
            if lack.distance is None or lack.needed is None:
                continue
            (name,) = names_in(lack.clause)
            value = float(found.conclusions.values[name])
            moved = value + (lack.distance if lack.needed > value else -lack.distance)
            assert moved == pytest.approx(lack.needed)
            strict = lack.operator in ("<", ">")
            assert plain.truth(lack.clause, found.book, {**found.conclusions.values, name: lack.needed}) is not strict
            seen += 1
    assert seen


def test_a_chosen_strategy_is_explained() -> None:
    found = named("northern-bottlers")
    (answer,) = why_not(found, str(found.recommendation.primary)).answers
    assert answer.how is not None and answer.how.steps[0].name == found.recommendation.primary
    assert answer.primary.points == 0


# ---- what if


def test_no_change_changes_nothing(case_file: Path) -> None:
    found = diagnosed(case_file)
    same = {name: given.value for name, given in found.case.facts.items() if given.value is not None}
    same |= {name: given.state for name, given in found.case.facts.items() if given.state != "given"}
    explained = what_if(found, same)
    assert explained.difference.none and explained.after.recommendation == found.recommendation
    readable(explained)


def test_what_changes_is_what_the_oracle_finds(case_file: Path) -> None:
    """Two facts changed at random: values and firings differ exactly where the plain interpreter says."""
    found = diagnosed(case_file)
    book = found.book
    chance = random.Random(case_file.stem)
    simple = [fact for fact in book.facts.values() if fact.type in ("rating", "flag") and fact.derived is None]
    for _ in range(3):
        picked = chance.sample(simple, 2)
        changes = {
            fact.label.zh: chance.choice(["unknown", "1", "5"] if fact.type == "rating" else ["unknown", "yes", "否"])
            for fact in picked
        }
        explained = what_if(found, changes)
        one, other = (plain.conclude(book, each.case.inputs(book)) for each in (explained.before, explained.after))
        names = {name for name in book.order if one.values.get(name) != other.values.get(name)}
        assert {each.name for each in explained.difference.moved} == names
        fired = [{firing.rule for firing in each.firings} for each in (one, other)]
        differing = {rule for rule in fired[0] ^ fired[1] if book.rule(rule).target is None}
        assert {each.rule for each in explained.difference.rules} == differing
        for moved in explained.difference.rules:
            assert moved.fires_after is (moved.rule in fired[1])
            silent = one.values if moved.fires_after else other.values
            assert moved.missing
            for lack in moved.missing:
                assert plain.truth(lack.clause, book, silent) is (None if lack.unknown else False)
            assert not moved.chain or moved.chain[0] in explained.changes
            assert set(moved.chain[1:]) <= names
        readable(explained)


def test_every_mistake_at_once() -> None:
    found = named("northern-bottlers")
    wrong = {
        "our_rnak": 1,
        "months_to_tender": "soon",
        "matrix_cell": "star",
        "kbf_table": "price, 3",
        "trust_level": 9,
    }
    with pytest.raises(ProblemsFound) as raised:
        what_if(found, wrong)
    codes = [problem.code for problem in raised.value.problems]
    assert codes == ["change_unknown", "wrong_value", "change_not_fact", "change_rows", "wrong_value"]
    behind = str(raised.value.problems[2].parameters["facts"])
    assert "category_spend" in behind and "matrix_cell" not in behind


def test_a_table_may_be_different_too() -> None:
    explained = what_if(named("recalled-rival"), {"kbf_table": "交期，40，4，3；价格，60，2，4"})
    assert [row["weight"] for row in explained.after.case.facts["kbf_table"].rows] == [40, 60]
    assert explained.after.recommendation.primary != explained.before.recommendation.primary


def test_words_of_a_condition(book: Rulebook) -> None:
    """A value that denies something is quoted, a question has an answer, and neither goes with nor."""
    said = {
        "loss_cause != not_curable": ("is not “not curable", "不是“难以挽回"),
        "gate_worth == yes": (
            "the answer to “Is it worth winning?” is Worth winning",
            "“值不值得赢？”的结论为值得争取",
        ),
        "not account_status in [lost, dormant]": ("neither lost nor dormant", "不是已流失或休眠"),
    }
    for text, wanted in said.items():
        expression = parse_condition(text, book.vocabulary, lambda *_, **__: None)
        assert expression is not None
        for language, part in zip(("en", "zh"), wanted, strict=True):
            assert part in Prose(book, wording(language)).condition(expression)


# ---- the command and the Python names


@pytest.mark.parametrize(
    "arguments",
    [
        ("--lang", "zh", "--format", "json", CASE, "how", "defence"),
        (CASE, "--lang", "zh", "how", "defence", "--format", "json"),
        (CASE, "how", "--lang", "zh", "--format", "json", "defence"),
        (CASE, "--lang", "en", "--format", "text", "how", "防守", "--lang", "zh", "--format", "json"),
    ],
)
def test_options_stand_before_or_after(arguments: tuple[str, ...]) -> None:
    done = run(*arguments)
    assert (done.exit_code, done.stderr) == (0, "")
    assert json.loads(done.stdout)["steps"][0]["id"] == "defence"


def test_output_and_profile(tmp_path: Path) -> None:
    target = tmp_path / "why.txt"
    done = run(CASE, "why-not", "Penetration", "-o", str(target), "--lang", "zh", "--profile", "distributor")
    assert (done.exit_code, done.stdout) == (0, "") and "渗透" in target.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("arguments", "code", "said"),
    [
        ((CASE, "how", "defense"), 2, "`defence`"),
        ((CASE, "how", "防手", "--lang", "zh"), 2, "`防守`"),
        ((CASE, "why-not", "trust_level"), 2, "neither an id nor a label"),
        ((CASE, "what-if", "our_rnak=1", "trust_level=9", "x"), 2, "our_rank"),
        ((CASE, "what-if", "our_rnak=1", "trust_level=9", "x"), 2, "FACT=VALUE"),
        ((CASE, "what-if", "our_rnak=1", "trust_level=9", "x"), 2, "from 1 to 5"),
        ((CASE, "what-if", "matrix_cell=star", "--lang", "zh"), 2, "由规则得出"),
        ((CASE, "what-if"), 2, "FACT=VALUE"),
        ((CASE, "wy-not", "defence", "--lang", "zh"), 2, "why-not"),
        ((CASE,), 2, "Missing command"),
        (("nowhere.yaml", "how", "primary"), 1, "nowhere.yaml"),
        ((CASE, "how", "primary", "--profile", "manufacturr"), 2, "manufacturer"),
    ],
)
def test_wrong_use(arguments: tuple[str, ...], code: int, said: str) -> None:
    done = run(*arguments) if "zh" in arguments else run("--lang", "en", *arguments)
    assert done.exit_code == code and done.stdout == ""
    assert said in done.stderr and "Traceback" not in done.stderr


@pytest.mark.parametrize("command", ["how", "why-not", "what-if"])
def test_help_needs_no_case(command: str) -> None:
    assert "--lang" in run(command, "--help").stdout
    assert run("--help").exit_code == 0 and command in run("--help").stdout


def test_python_names() -> None:
    found = named("northern-bottlers")
    assert "Defence" in str(kam_expert.explain_how(found, "primary"))
    assert "渗透" in kam_expert.why_not(found, "penetration").text("zh")
    assert kam_expert.what_if(found, {"our_rank": 2}).changes == ("our_rank",)
    with pytest.raises(UnknownName):
        kam_expert.why_not(found, "primary")
