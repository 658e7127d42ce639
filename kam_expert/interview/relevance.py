"""Which questions a case makes sense of, and which answers a changed answer puts in doubt."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from functools import cached_property

from kam_expert.case import Case
from kam_expert.engines.compiled import compiled
from kam_expert.engines.conclusions import Conclusions
from kam_expert.rulebook.book import Rulebook
from kam_expert.rulebook.expressions import Compare, IfElse, Name, base_names, walk
from kam_expert.rulebook.schema import Fact

Mode = str
SHORT, FULL = "short", "full"
RECENT = 4  # cases whose conclusions are kept: one step of an interview asks about the same ones again and again


class Relevance:
    """One rulebook, ready to be asked which of its facts matter to a case."""

    def __init__(self, book: Rulebook) -> None:
        self.book = book
        self.engine = compiled(book)
        self._concluded: deque[tuple[Case, Conclusions]] = deque(maxlen=RECENT)

    def conclude(self, case: Case) -> Conclusions:
        """What follows from a case, without a trace."""
        for known, conclusions in self._concluded:
            if known is case:
                return conclusions
        found = self.engine.conclude(case.inputs(self.book))
        self._concluded.append((case, found))
        return found

    def in_mode(self, mode: Mode) -> tuple[str, ...]:
        """The facts of a mode in the order of asking: the short form in its own order first, then the others."""
        facts = self.book.facts.values()
        short = sorted((fact for fact in facts if fact.short_form is not None), key=lambda fact: fact.short_form or 0)
        rest = [fact for fact in facts if fact.short_form is None and mode == FULL]
        return tuple(fact.id for fact in (*short, *rest))

    def askable(self, case: Case, mode: Mode, conclusions: Conclusions | None = None) -> tuple[str, ...]:
        """The facts of the mode that nobody has answered, that apply, and that do not follow from other answers."""
        found = conclusions or self.conclude(case)
        return tuple(
            name
            for name in self.in_mode(mode)
            if name not in case.facts and self._live(self.book.facts[name], found) and not self._follows(name, found)
        )

    def off_path(self, case: Case, conclusions: Conclusions | None = None) -> frozenset[str]:
        """The answered facts that do not apply to the account as it is now described."""
        found = conclusions or self.conclude(case)
        return frozenset(
            name
            for name, given in case.facts.items()
            if given.state == "given" and not self._live(self.book.facts[name], found)
        )

    @staticmethod
    def _live(fact: Fact, conclusions: Conclusions) -> bool:
        return fact.when is None or conclusions.values.get(fact.when) is not False

    def _follows(self, name: str, conclusions: Conclusions) -> bool:
        """Whether a fact that may be entered is computed from others already."""
        derived = self.book.facts[name].derived
        return derived is not None and derived in conclusions.values

    def doubtful(self, before: Case, after: Case, changed: str) -> tuple[str, ...]:
        """The answers whose sense depends on one that was given or changed, in the order of the vocabulary.

        Those that apply again and whatever now contradicts it; if an earlier answer was replaced, also counts within
        a total that changed and entered values that could be computed from it.
        """
        old, new = self.conclude(before), self.conclude(after)
        back = self.off_path(before, old) - self.off_path(after, new)
        found = back | self._contradicting(old, new, changed)
        if _is_given(before, changed):
            found |= {part for part, total in self._parts if total == changed}
            found |= {
                name
                for name, fact in self.book.facts.items()
                if fact.derived and changed in self._under([fact.derived])
            }
        off = self.off_path(after, new)
        return tuple(
            name
            for name in self.book.facts
            if name in found and name != changed and name not in off and _is_given(after, name)
        )

    @cached_property
    def _parts(self) -> tuple[tuple[str, str], ...]:
        """Counts that a formula takes as part of another count."""
        pairs: dict[tuple[str, str], None] = {}
        for measure in self.book.measures.values():
            for expression in measure.expressions:
                for node in walk(expression):
                    match node:
                        case IfElse(Compare("<=", Name(part), Name(total))) if self._counts(part, total):
                            pairs[part, total] = None
        return tuple(pairs)

    def _counts(self, *names: str) -> bool:
        return all(name in self.book.facts and self.book.facts[name].integer for name in names)

    def _contradicting(self, old: Conclusions, new: Conclusions, changed: str) -> set[str]:
        found: set[str] = set()
        for name, signal in self.book.signals.items():
            fresh = new.values.get(name) is True and old.values.get(name) is not True
            if signal.kind == "contradiction" and fresh:
                for rule in self.book.rules:
                    under = self._under(base_names([rule.effective])) if rule.target == name else set()
                    if changed in under:
                        found |= under
        return found

    def _under(self, names: Iterable[str]) -> set[str]:
        """The facts that names are computed from."""
        found: set[str] = set()
        open_ = list(names)
        while open_:
            name = open_.pop()
            if name in self.book.facts:
                found.add(name)
            elif name in self.book.measures:
                open_ += self.book.measures[name].reads
        return found


def _is_given(case: Case, name: str) -> bool:
    return name in case.facts and case.facts[name].state == "given"
