"""The interview as a state machine and its files: nothing is lost, whatever happens in whatever order."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from kam_expert.case import Case, Given, case_from, load_case
from kam_expert.interview import keeping, opening
from kam_expert.interview import session as events
from kam_expert.interview.case_edits import with_facts
from kam_expert.interview.merging import compared
from kam_expert.interview.progress import Progress, read_progress, sidecar_of
from kam_expert.interview.relevance import FULL, SHORT, Relevance
from kam_expert.interview.session import Interview, Session
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.loading import load_rulebook
from kam_expert.rulebook.located import read_text
from kam_expert.writing import write_whole

TODAY = date(2026, 11, 24)
BOOK = load_rulebook()
INTERVIEW = Interview(Relevance(BOOK))
ROOT = Path(__file__).parents[1]
NUMBERS = ("annual_revenue", "lines_relevant", "lines_bought", "category_spend")
WORDS = ("it's: a #note", "注 释", "null", 'x\\y "z"', "unknown")


def fresh(folder: Path) -> tuple[keeping.Kept, Session]:
    path = opening.made(folder / "a.yaml", opening.Start("甲: 公司", None, None), "CNY", TODAY)
    kept = keeping.read_kept(path, BOOK)
    return kept, INTERVIEW.begin(kept.case, Progress("en"), TODAY)


def answers() -> st.SearchStrategy[events.Answered]:
    number = st.builds(events.Answered, st.sampled_from(NUMBERS), st.integers(1, 9).map(lambda n: Given("given", n)))
    status = st.sampled_from(("prospect", "active", "lost")).map(
        lambda value: events.Answered("account_status", Given("given", value))
    )
    state = st.sampled_from(("unknown", "n/a")).flatmap(
        lambda state: st.builds(events.Answered, st.sampled_from(NUMBERS), st.just(Given(state)))  # type: ignore[arg-type]
    )
    text = st.builds(
        events.Answered,
        st.just("main_competitor"),
        st.text(st.characters(min_codepoint=32, max_codepoint=0x2FFF), min_size=1)
        .map(str.strip)
        .filter(lambda text: text not in ("", "unknown", "n/a"))
        .map(lambda text: Given("given", text)),
    )
    return st.one_of(number, status, state, text)


def others() -> st.SearchStrategy[events.Event]:
    fact = st.sampled_from((*NUMBERS, "revenue_share"))
    return st.one_of(
        st.builds(events.Skipped, fact),
        st.builds(events.PutOff, fact),
        st.builds(events.WentBack, st.integers(0, 3)),
        st.just(events.WentForward()),
        st.builds(events.WentTo, fact),
        st.builds(events.Noted, fact, st.sampled_from(WORDS)),
        st.builds(events.Sourced, fact, st.sampled_from(("customer", "guess"))),
        st.builds(events.Kept, st.tuples(fact)),
        st.just(events.SpokeIn("zh")),
        st.just(events.Widened()),
    )


@settings(max_examples=60, deadline=None)
@given(st.lists(st.one_of(answers(), others()), max_size=14))
def test_any_sequence_keeps_file_and_state_the_same(sequence: list[events.Event]) -> None:
    with TemporaryDirectory() as folder:
        kept, session = fresh(Path(folder))
        for event in sequence:
            facts = session.case.facts
            needed: tuple[str, ...] = (event.fact,) if isinstance(event, events.Noted | events.Sourced) else ()
            needed = event.facts if isinstance(event, events.Kept) else needed
            if any(facts.get(name) is None or facts[name].state != "given" for name in needed):
                continue
            before = session
            step = INTERVIEW.step(session, event)
            session = step.session
            kept = keeping.save(kept, BOOK, step.changes, session.case.as_of, session.progress, "a\nb")
            read = load_case(kept.path, BOOK)
            assert read.facts == session.case.facts
            progress, broken = read_progress(kept.sidecar, BOOK.facts, "en", SHORT)
            assert broken is None and progress == session.progress
            assert set(before.case.facts) <= set(session.case.facts)  # no answer is ever lost
            if not isinstance(event, events.Answered):
                unchanged = {name: given.value for name, given in before.case.facts.items()}
                assert {name: given.value for name, given in session.case.facts.items()} == unchanged
            question = INTERVIEW.question(session, INTERVIEW.askable(session), ())
            assert question is None or question.fact in BOOK.facts


def run(session: Session, *sequence: events.Event) -> Session:
    for event in sequence:
        session = INTERVIEW.step(session, event).session
    return session


def given_(value: object) -> Given:
    return Given("given", value)  # type: ignore[arg-type]


@pytest.fixture
def session(tmp_path: Path) -> Session:
    return fresh(tmp_path)[1]


def test_back_and_forward(session: Session) -> None:
    first = INTERVIEW.question(session, INTERVIEW.askable(session), ())
    assert first is not None
    session = run(
        session, events.Answered("account_status", given_("active")), events.Answered("annual_revenue", given_(5))
    )
    back = run(session, events.WentBack(2))
    question = INTERVIEW.question(back, INTERVIEW.askable(back), ())
    assert question == events.Question("account_status", "back")
    none = run(session, events.WentBack(0))  # no step back is one step back
    assert INTERVIEW.question(none, INTERVIEW.askable(none), ()) == events.Question("annual_revenue", "back")
    kept = run(back, events.Kept(("account_status",)))
    assert INTERVIEW.question(kept, INTERVIEW.askable(kept), ()) == events.Question("annual_revenue", "back")
    assert kept.case.facts["annual_revenue"].value == 5
    assert INTERVIEW.step(run(session, events.WentBack(9)), events.WentBack()).remarks[0].key == "first"


def test_a_changed_answer_marks_what_depends_on_it_and_deletes_nothing(session: Session) -> None:
    session = run(
        session,
        events.Answered("account_status", given_("active")),
        events.Answered("annual_revenue", given_(5)),
        events.Answered("revenue_share", given_(9)),
        events.Answered("lines_relevant", given_(6)),
        events.Answered("lines_bought", given_(3)),
    )
    left = INTERVIEW.step(session, events.Answered("account_status", given_("lost")))
    assert {remark.key for remark in left.remarks} == {"off_path"}
    assert left.session.case.facts["revenue_share"].value == 9  # kept
    assert "revenue_prev_year" not in INTERVIEW.askable(left.session)  # applies to trading accounts only
    again = INTERVIEW.step(left.session, events.Answered("account_status", given_("active"))).session
    assert set(INTERVIEW.to_recheck(again)) == {"revenue_share", "lines_bought"}
    assert INTERVIEW.to_recheck(run(again, events.Kept(("revenue_share",)))) == ("lines_bought",)
    total = INTERVIEW.step(session, events.Answered("lines_relevant", given_(8))).session
    assert INTERVIEW.to_recheck(total) == ("lines_bought",)
    at_odds = run(session, events.Answered("category_spend", given_(2)))  # less than we sell to them
    assert "annual_revenue" in INTERVIEW.to_recheck(at_odds)


def test_skipped_is_asked_once_more_after_what_was_put_off(session: Session) -> None:
    open_ = ("annual_revenue", "category_spend")
    session = run(session, events.Skipped("annual_revenue"), events.PutOff("category_spend"))
    assert INTERVIEW.question(session, open_, ()) == events.Question("category_spend", "later")
    session = run(session, events.Answered("category_spend", Given("unknown")))
    assert INTERVIEW.question(session, open_[:1], ()) == events.Question("annual_revenue", "again")
    session = run(session, events.Skipped("annual_revenue"))
    assert INTERVIEW.question(session, open_[:1], ()) is None


# the files

LAYOUTS = {
    "flow": """case: a
account: {name: A}
as_of: 2026-01-01
facts: {trust_level: 3, revenue_share: {value: 9, source: customer}}
""",
    "all_flow": "{case: a, account: {name: A}, as_of: 2026-01-01, facts: {}}",
    "block": """# head
case: a   # id
account:
  name: A
  industry: "x"  # trade
as_of: '2026-01-01'

facts:
    # one
    trust_level:   3      # three
    revenue_share:
        # from the books
        value: 9   # per cent
        source: customer
        note: |
            two
            lines
    kbf_table:   # weights: hundred
      - {factor: a, weight: 100, ours: 3, rival: 3}
      # last
    main_competitor: >-
        some
        one

# tail
chosen: {primary: defence}
""",
}


@pytest.mark.parametrize("layout", LAYOUTS)
def test_a_file_keeps_its_layout(layout: str) -> None:
    text = LAYOUTS[layout]
    changes = {
        "trust_level": Given("given", 4, as_of=TODAY),
        "revenue_share": Given("given", 12.5, as_of=TODAY, source="guess", note="two\nlines"),
        "kbf_table": Given("given", rows=({"factor": "价: #格", "weight": 100},), as_of=TODAY),
        "main_competitor": Given("given", "null"),
        "industry": Given("given", "a, b"),
        "compliance_flag": Given("given", False, as_of=TODAY),
        "supplier_class": Given("unknown"),
    }
    after = with_facts(text, changes, TODAY)
    document = read_text(after, "a.yaml")
    case = case_from(document, BOOK)
    assert case.as_of == TODAY and {name: case.facts[name] for name in changes} == changes
    for comment in ("# head", "# id", "# trade", "# one", "# three", "# from the books", "# per cent", "# tail"):
        assert (comment in after) == (comment in text)
    for line in text.splitlines():
        if line.startswith(("#", "case", "chosen", "account")) and layout == "block":
            assert line in after.splitlines()
    second = with_facts(after, {"revenue_share": Given("n/a")}, TODAY)
    assert case_from(read_text(second, "a.yaml"), BOOK).facts["revenue_share"] == Given("n/a")


def test_shipped_cases_change_in_one_line_only(case_file: Path, profiled: Callable[[str | None], Rulebook]) -> None:
    text = case_file.read_text(encoding="utf-8")
    after = with_facts(text, {"trust_level": Given("given", 1, note="asked in person")}, date.min)
    old, new = text.splitlines(), after.splitlines()
    assert len(set(new) - set(old)) == 1 and len(new) - len(old) in (0, 1)


def test_line_ends_and_byte_order_mark_stay(tmp_path: Path) -> None:
    path = tmp_path / "a.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + LAYOUTS["block"].replace("\n", "\r\n").encode())
    kept = keeping.read_kept(path, BOOK)
    keeping.save(kept, BOOK, {"trust_level": Given("given", 1)}, TODAY, Progress("en"), "c")
    data = path.read_bytes()
    assert data.startswith(b"\xef\xbb\xbfcase"[:3]) and data.count(b"\n") == data.count(b"\r\n")
    assert load_case(path, BOOK).facts["trust_level"].value == 1


def test_somebody_elses_edit_is_not_overwritten(tmp_path: Path) -> None:
    kept, session = fresh(tmp_path)
    kept.path.write_text(kept.text.replace("{}", "\n  trust_level: 5"), encoding="utf-8")
    step = INTERVIEW.step(session, events.Answered("annual_revenue", given_(5)))
    with pytest.raises(keeping.ChangedMeanwhile):
        keeping.save(kept, BOOK, step.changes, TODAY, step.session.progress, "c")
    assert load_case(kept.path, BOOK).facts["trust_level"].value == 5
    assert not kept.sidecar.exists()


def test_a_crash_between_the_two_writes_loses_no_answer(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The progress is written first; without the fact it only leads to the question being asked again."""
    kept, session = fresh(tmp_path)
    step = INTERVIEW.step(session, events.Answered("annual_revenue", given_(5)))
    written = write_whole

    def crash(path: Path, content: str) -> None:
        if path == kept.path:
            raise OSError("power cut")
        written(path, content)

    monkeypatch.setattr(keeping, "write_whole", crash)
    with pytest.raises(OSError, match="power cut"):
        keeping.save(kept, BOOK, step.changes, TODAY, step.session.progress, "c")
    progress, _ = read_progress(sidecar_of(kept.path), BOOK.facts, "en", SHORT)
    resumed = INTERVIEW.begin(load_case(kept.path, BOOK), progress, TODAY)
    assert "annual_revenue" in INTERVIEW.askable(resumed)


def test_without_or_with_a_broken_sidecar_the_facts_are_enough(tmp_path: Path) -> None:
    kept, _ = fresh(tmp_path)
    assert read_progress(kept.sidecar, BOOK.facts, "zh", FULL) == (Progress("zh", FULL), None)
    kept.sidecar.write_text("asked: [", encoding="utf-8")
    progress, broken = read_progress(kept.sidecar, BOOK.facts, "en", SHORT)
    assert progress == Progress("en") and broken is not None


def test_two_peoples_answers(session: Session) -> None:
    def case(**facts: Given) -> Case:
        return replace(session.case, facts=facts)

    same, unknown = given_(3), Given("unknown")
    ours = case(trust_level=same, lines_bought=given_(2), category_spend=unknown, supplier_class=given_("leverage"))
    theirs = case(
        trust_level=same, lines_bought=given_(4), category_spend=given_(9), supplier_class=unknown, our_rank=same
    )
    found = compared(ours, theirs, BOOK)
    assert set(found.added) == {"category_spend", "our_rank"} and found.agreed == 2
    assert [(each.fact, each.ours.value, each.theirs.value) for each in found.disagreements] == [("lines_bought", 2, 4)]
