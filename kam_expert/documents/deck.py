"""The review deck: one message a slide, eight to ten slides and a backup, for a board that has one hour."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

from kam_expert.diagnosis import Diagnosis
from kam_expert.documents import deck_backup
from kam_expert.documents.presenting import Presenting, limited_rows
from kam_expert.documents.telling import Enclosed, Telling
from kam_expert.plan import Plan
from kam_expert.reports import account_pictures, brief, checked, planning
from kam_expert.reports.document import Block, Bullets, Callout, Document, Pairs, Paragraph, Picture, Section
from kam_expert.reports.pictures import Bars, Bridge, Matrix, Tornado
from kam_expert.rulebook.document_schema import PlanPart
from kam_expert.wording import Wording

ROWS = 6  # of a table, and items of a list, on one slide
BARS = 10
SOON = timedelta(weeks=4)
EVIDENCE = 3
QUESTIONS = 3
NOT_CHOSEN = ("vetoed", "blocked", "next_wave", "candidate", "not_eligible")


def document(diagnosis: Diagnosis, words: Wording, enclosed: Enclosed | None = None) -> Document:
    """The deck of one account in one language."""
    deck = _Deck(Presenting(diagnosis, words), enclosed or Enclosed())
    return Document(deck.told.say("title", name=diagnosis.case.name), tuple(deck.slides()))


class _Deck:
    def __init__(self, told: Presenting, enclosed: Enclosed) -> None:
        self.told = told
        self.speaking = told.speaking
        self.diagnosis = told.diagnosis
        self.recommendation = told.diagnosis.recommendation
        self.plan = told.diagnosis.plan
        self.enclosed = enclosed

    def slides(self) -> list[Section]:
        """All slides in their order; a slide with parts takes several sections."""
        plan = self.plan
        advised = plan is not None and self.recommendation.primary is not None
        found, backup = [self.summary(), self.position()], deck_backup.slides(self.told)
        if advised and plan is not None:
            hanging = self.hangs_on()
            if self.diagnosis.check is not None:
                found.append(self.checked())
                hanging, backup = (), [*backup[:1], hanging, *backup[1:]]  # behind the divider
            found += [self.arguments(), self.strategy(), hanging, self.goals(plan), self.activities(plan)]
            found += [self.risks(plan), self.decisions(plan)]
        else:
            found += [] if self.diagnosis.check is None else [self.checked()]
            found += [deck_backup.signals(self.told), deck_backup.missing(self.told, ROWS)]
        found += backup
        return [section for sections in found for section in sections]

    def conclusion(self, part: PlanPart, *instead: Callout) -> tuple[Callout, ...]:
        """What follows from a slide: as the rulebook says it of that part of the plan, else as said here."""
        section = next((each for each in self.diagnosis.book.documents.sections if each.tells == part), None)
        if section is None:
            return instead
        return (Telling(self.diagnosis, self.speaking.words, self.enclosed).so_what(section.id),)

    # The slides

    def summary(self) -> Sequence[Section]:
        """Strategy as the title; three numbers, three reasons, three asks, and the position at the foot."""
        figures = self._figures()
        blocks: list[Block] = [figures] if figures else []
        judged = brief.why(self.speaking)
        meaning = brief.recommendation(self.speaking)[:1] if self.recommendation.primary is None else ()
        parts = [self.told.part("why", (*meaning, *judged))]
        lifting = brief.lifting(self.speaking)
        turning = brief.turning(self.speaking) if self.recommendation.level == "do_not_pursue" else ()
        asks = self._asks() if lifting is None else ((self.speaking.text(lifting), ()),)
        if turning:
            parts.append(self.told.part("turning", (Bullets(tuple((each, ()) for each in turning)),)))
        elif asks:
            parts.append(self.told.part("asks", (Bullets(asks, numbered=True),)))
        return (
            Section(self._headline(), (*blocks, self._position_line()), notes=self.told.notes(self._leading())),
            *(part for part in parts if part.blocks),
        )

    def _headline(self) -> str:
        recommendation, told = self.recommendation, self.told
        if recommendation.primary is None:
            return told.say(f"summary.{recommendation.level}")
        primary = self.speaking.strategy(recommendation.primary)
        if not recommendation.secondary:
            return told.say("summary.alone", primary=primary)
        return told.say("summary.advised", primary=primary, secondary=told.listed(recommendation.secondary))

    def _figures(self) -> Pairs | None:
        """The three numbers, each with its origin on a line of its own."""
        for block in brief.numbers(self.speaking):
            if isinstance(block, Pairs):
                values = {self.speaking.label(name): name for name in self.speaking.book.planning.headline_numbers}
                items = []
                for label, _ in block.items:
                    name = values[label]
                    origin = brief.origin(self.speaking, name)
                    items.append((label, self.told.say("figure", value=self.speaking.value(name), origin=origin)))
                return Pairs(tuple(items))
        return None

    def _position_line(self) -> Callout:
        known = self.diagnosis.conclusions.values
        shown = [each for each in self.diagnosis.positions if self.speaking.book.models[each.model].headline]
        placed = [(self.speaking.label(each.model), self.speaking.placed(each)) for each in shown if each.cell]
        if not placed:
            placed = [(self.speaking.label(each.model), self.speaking.placed(each)) for each in shown]
        positions = self.speaking.say("list_semicolon").join(self.speaking.prose.labelled(*each) for each in placed)
        if "completeness" not in known:
            return Callout(self.told.say("position"), self.told.say("summary.position_only", positions=positions))
        share = self.speaking.value("completeness")
        return Callout(self.told.say("position"), self.told.say("summary.position", positions=positions, known=share))

    def _asks(self) -> tuple[tuple[str, tuple[str, ...]], ...]:
        """The first decisions, and the answer that matters most."""
        items: list[tuple[str, tuple[str, ...]]] = []
        for each in self.plan.gates[:2] if self.plan is not None else ():
            owner = self.speaking.text(self.speaking.book.planning.owners[each.gate.decides].title)
            words = {"decision": self.speaking.text(each.gate.decision), "owner": owner}
            items.append((self.told.say("decide", due=self.speaking.day(each.due), **words), ()))
        room = EVIDENCE - len(items)
        for question in self.diagnosis.questions[:room]:
            text = self.speaking.text(self.speaking.book.facts[question.fact].question)
            items.append((self.told.say("answer", question=text), ()))
        return tuple(items)

    def _leading(self) -> list[str]:
        return brief.carrying_rules(self.speaking)

    def position(self) -> Sequence[Section]:
        """The matrix beside the scores, and what the cell asks for."""
        pictures = [*account_pictures.matrix(self.speaking), *account_pictures.radar(self.speaking)]
        stated = self.speaking.book.portfolio.stated
        title = self.told.say("matrix.unknown")
        callouts: tuple[Callout, ...] = ()
        rules: list[str] = []
        if stated is not None:
            placed = next(each for each in self.diagnosis.positions if each.model == stated.roles.cell)
            rules = [placed.rule] if placed.rule else []
            matrix = next((p.shown for p in pictures if isinstance(p, Picture) and isinstance(p.shown, Matrix)), None)
            if matrix is not None and placed.cell is not None:
                key = "matrix.borderline" if placed.borderline else "matrix.settled"
                cell = self.speaking.book.models[placed.model].cells[placed.cell]
                title = self.told.say(
                    key,
                    cell=self.speaking.text(cell.title),
                    vertical=matrix.vertical.label,
                    vertical_value=self.speaking.quantity(matrix.vertical.value, "score"),
                    horizontal=matrix.horizontal.label,
                    horizontal_value=self.speaking.quantity(matrix.horizontal.value, "score"),
                )
                callouts = (Callout(self.told.say("meaning"), self.told.sentences(cell.meaning, cell.stance)),)
        if not pictures:
            pictures = [brief.position(self.speaking)]
        blocks = (*pictures, *self.conclusion("position", *callouts))
        return (Section(title, tuple(blocks), notes=self.told.notes(rules)),)

    def checked(self) -> Sequence[Section]:
        """The plan already chosen, judged."""
        first = checked.sections(self.speaking)[0]
        headline, *rest = first.blocks
        title = self.told.title(headline.text if isinstance(headline, Paragraph) else first.title)
        return (replace(first, title=title, blocks=tuple(rest)),)

    def arguments(self) -> Sequence[Section]:
        """The points of the strategies, and the strongest reasons with their facts."""
        primary = self.recommendation.primary
        assert primary is not None
        standing = self.recommendation.standing(primary)
        blocks: list[Block] = []
        for block in account_pictures.contributions(self.speaking):
            if isinstance(block, Picture) and isinstance(block.shown, Bars):
                bars = block.shown.bars
                blocks.append(replace(block, shown=replace(block.shown, bars=bars[:BARS])))
                if len(bars) > BARS:
                    blocks.append(Paragraph(self.told.say("more", count=len(bars) - BARS)))
        votes = sorted((vote for vote in standing.votes if vote.points > 0), key=lambda vote: -vote.points)
        reasons = tuple(
            (self.speaking.rule_title(vote.rule), self.told.premises(vote.rule)) for vote in votes[:EVIDENCE]
        )
        cautions = [self.speaking.text(self.speaking.book.rule(vote.rule).entry.caution) for vote in votes[:2]]
        parts = [
            self.told.part("why", (Bullets(reasons),) if reasons else ()),
            self.told.part(
                "watch", (Bullets(tuple((each, ()) for each in cautions if each)),) if any(cautions) else ()
            ),
        ]
        title = self.speaking.lead()
        rules = [*self._leading(), *(vote.rule for vote in standing.votes)]
        picture, *more = blocks or [Paragraph(title)]
        first = Section(
            title, (picture,), notes=self.told.notes(rules, *(b.text for b in more if isinstance(b, Paragraph)))
        )
        return (first, *(part for part in parts if part.blocks))

    def strategy(self) -> Sequence[Section]:
        """What is pursued and to what end; what is not, and why."""
        chosen = [name for name in (self.recommendation.primary, *self.recommendation.secondary) if name]
        items = []
        for name in chosen:
            candidate = self.speaking.book.candidates[name]
            directions = candidate.strategy.directions
            aim = directions[candidate.direction].aim if candidate.direction else candidate.strategy.aim
            status = self.speaking.say(f"status.{self.recommendation.standing(name).status}")
            head = self.speaking.say("strategy_line", strategy=self.speaking.strategy(name), status=status)
            items.append((head, (self.speaking.text(aim),)))
        others = [each for each in self.recommendation.standings if each.id not in chosen and each.votes]
        others.sort(key=lambda each: (NOT_CHOSEN.index(each.status), -each.score))
        others.sort(key=lambda each: each.id != self.recommendation.runner_up)
        rows = [
            (
                self.speaking.strategy(each.id),
                self.speaking.say(f"status.{each.status}"),
                self.speaking.text(each.reason),
            )
            for each in others
        ]
        key = ("strategy.title" if rows else "strategy.all") + ("_one" if len(chosen) == 1 else "")
        title = self.told.say(key, count=len(chosen), others=len(rows))
        headers = tuple(self.speaking.say(f"column.{name}") for name in ("strategy", "status", "why"))
        rejected = limited_rows(self.told, headers, rows, ROWS, (20, 16, 44))
        waves = planning.waves(self.speaking, self.plan) if self.plan is not None else ()
        labelled, semicolon = self.speaking.prose.labelled, self.speaking.say("list_semicolon")
        notes = [
            labelled(head, semicolon.join(details))
            for b in waves
            if isinstance(b, Bullets)
            for head, details in b.items
        ]
        return (
            Section(title, self.conclusion("strategy"), notes=self.told.notes(self._leading(), *notes)),
            self.told.part("chosen", (Bullets(tuple(items)),)),
            *((self.told.part("set_aside", rejected),) if rows else ()),
        )

    def hangs_on(self) -> Sequence[Section]:
        """The facts that move the lead most, where they were computed."""
        found = [each for each in self.enclosed.blocks.get("sensitivity", ()) if isinstance(each, Picture)]
        if not found or not isinstance(found[0].shown, Tornado):
            return ()
        title = self.told.say("hangs_on", fact=found[0].shown.swings[0].label)
        return (Section(title, (found[0],), notes=self.told.notes(())),)

    def goals(self, plan: Plan) -> Sequence[Section]:
        """Goals with start, target and the measure that shows the way there."""
        rows = [
            (
                self.speaking.text(self.speaking.book.planning.goal_types[goal.type].title),
                self.speaking.text(goal.title),
                planning.goal_numbers(self.speaking, goal),
                self.speaking.text(goal.kpi),
            )
            for goal in plan.goals
        ]
        if not rows:
            return ()
        last = self.speaking.day(max(goal.due for goal in plan.goals))
        first = self.speaking.text(plan.goals[0].title)
        key = "goals.title" if len(rows) > 1 else "goals.one"
        title = self.told.say(key, count=len(rows), due=last, goal=first)
        headers = tuple(self.speaking.say(f"column.{name}") for name in ("goal_type", "goal", "from_to", "kpi"))
        blocks = limited_rows(self.told, headers, rows, ROWS + 2, (14, 30, 26, 26), plan=True)
        rules = [rule for goal in plan.goals for rule in goal.because]
        found = (Section(title, (*blocks, *self.conclusion("objectives")), notes=self.told.notes(rules)),)
        return (*found, *self._way_there())

    def _way_there(self) -> Sequence[Section]:
        """From the sales of today to the goal, where the steps are known."""
        found = []
        for each in account_pictures.bridge(self.speaking):
            if isinstance(each, Picture) and isinstance(each.shown, Bridge):
                said = {step.kind: step.worded for step in each.shown.steps}
                gap = next((step.amount for step in each.shown.steps if step.kind == "gap"), 0)
                held = each.shown.steps[0].amount == each.shown.steps[-1].amount
                key = ("held_gap" if held else "gap") if gap > 0 else "held" if held else "covered"
                title = self.told.say(f"bridge.{key}", **{"gap": "", **said})
                found.append(Section(title, (each,), notes=self.told.notes(())))
        return found

    def activities(self, plan: Plan) -> Sequence[Section]:
        """The schedule, and whether the hours suffice."""
        pictures = account_pictures.schedule(self.speaking, plan)
        if not pictures:
            return ()
        soon = [each for each in plan.activities if each.start <= self.diagnosis.case.as_of + SOON]
        end = self.speaking.day(max(each.end for each in plan.activities))
        title = self.told.say("activities.title", count=len(plan.activities), end=end, soon=len(soon))
        hours = Callout("", planning.capacity(self.speaking, plan))
        owners = [self.told.activity(each) for each in plan.activities]
        rules = [r for each in plan.activities for r in each.because if r not in self.speaking.book.candidates]
        blocks = (*pictures, hours, *self.conclusion("activities"))
        return (Section(title, blocks, notes=self.told.notes(rules, *owners)),)

    def risks(self, plan: Plan) -> Sequence[Section]:
        """What can go wrong with its early sign and answer; what to find out first, and what is not certain."""
        rows = [
            (
                self.speaking.text(risk.title),
                self.speaking.text(risk.early_sign) or self.speaking.say("already_seen"),
                self.speaking.text(risk.counter),
            )
            for risk in plan.risks
        ]
        questions = self._questions(QUESTIONS)
        if not rows and not questions:
            return ()
        fact = self.speaking.label(self.diagnosis.questions[0].fact) if questions else ""
        key = "risks.both" if rows and questions else "risks.risk" if rows else "risks.fact"
        title = self.told.say(key, risk=rows[0][0] if rows else "", fact=fact)
        headers = tuple(self.speaking.say(f"column.{name}") for name in ("risk", "early_sign", "counter"))
        shown = limited_rows(self.told, headers, rows, ROWS - 1, (28, 28, 36), plan=True) if rows else ()
        parts = (self.told.part("find_out", (Bullets(questions),)),) if questions else ()
        parts = (*parts, self.told.part("footing", self._footing()))
        return (Section(title, (*shown, *self.conclusion("risks")), notes=self.told.notes(())), *parts)

    def _questions(self, most: int) -> tuple[tuple[str, tuple[str, ...]], ...]:
        items = []
        for question in self.diagnosis.questions[:most]:
            affected = self.speaking.strategies(question.can_change[:3])
            text = self.speaking.text(self.speaking.book.facts[question.fact].question)
            items.append((text, (self.speaking.say("bears_on", strategies=affected),)))
        return tuple(items)

    def decisions(self, plan: Plan) -> Sequence[Section]:
        """What is asked for: each gate with what must be on the table, who decides and when."""
        rows = [
            (
                self.speaking.day(each.due),
                self.speaking.text(each.gate.decision),
                self.speaking.text(each.gate.evidence),
                self.speaking.text(self.speaking.book.planning.owners[each.gate.decides].title),
            )
            for each in plan.gates
        ]
        if not rows:
            return ()
        key = "decisions.title" if len(rows) > 1 else "decisions.one"
        title = self.told.say(key, count=len(rows), due=rows[0][0])
        headers = tuple(self.speaking.say(f"column.{name}") for name in ("due", "decision", "evidence", "decides"))
        blocks = limited_rows(self.told, headers, rows, ROWS, (12, 32, 38, 16), plan=True)
        return (Section(title, (*blocks, *self.conclusion("reviews")), notes=self.told.notes(())),)

    def _footing(self) -> tuple[Block, ...]:
        comma = self.speaking.say("list_comma")
        items = []
        for key, names in (("guesses", self.diagnosis.guesses), ("stale", self.diagnosis.stale)):
            shown = (
                comma.join(self.speaking.label(name) for name in names[:ROWS]) if names else self.speaking.say("none")
            )
            items.append((self.speaking.prose.labelled(self.speaking.say(f"footing.{key}"), shown), ()))
        return (Bullets(tuple(items)),)
