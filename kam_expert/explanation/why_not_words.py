"""Why a strategy was not chosen, in words of one language."""

from __future__ import annotations

from kam_expert.explanation.answers import Answer, SilentRule
from kam_expert.explanation.distance import Distance, Obstacle
from kam_expert.explanation.how_words import Telling
from kam_expert.explanation.missing import worded
from kam_expert.recommendation import Vote
from kam_expert.reports.document import Block, Bullets, Document, Paragraph, Section, Tree
from kam_expert.reports.speaking import Speaking
from kam_expert.rulebook.schema import BlockRule

MOST_RULES = 6  # silent rules that are shown, the nearest ones


def document(answers: tuple[Answer, ...], speaking: Speaking) -> Document:
    """Status and distance first, then what is in the way, then the rules."""
    asking = _Asking(speaking)
    names = speaking.strategies(tuple(each.standing.id for each in answers))
    key = "title_chosen" if all(each.chosen for each in answers) else "title"
    title = asking.say(key, account=speaking.diagnosis.case.name, strategy=names)
    sections = tuple(
        section for answer in answers for section in asking.sections(answer, several=len(answers) > 1) if section.blocks
    )
    return Document(title, sections)


class _Asking:
    def __init__(self, speaking: Speaking) -> None:
        self.speaking = speaking
        self.book = speaking.book
        self.recommendation = speaking.diagnosis.recommendation

    def say(self, key: str, /, **parameters: object) -> str:
        return self.speaking.say(f"explain.why_not.{key}", **parameters)

    def sections(self, answer: Answer, *, several: bool) -> tuple[Section, ...]:
        standing = answer.standing
        head = self.say("stands", strategy=self.speaking.strategy(standing.id)) if several else self.say("status")
        first: list[Block] = [Paragraph(self.status(answer))]
        first.append(Bullets(tuple(self.distance(answer, each) for each in self.open_distances(answer))))
        found = [Section(head, tuple(block for block in first if not isinstance(block, Bullets) or block.items))]
        if answer.how is not None:
            telling = Telling(self.speaking)
            branches = tuple(telling.branch(step, None) for step in answer.how.steps)
            found.append(Section(self.speaking.say("explain.how.section"), (Tree(branches),)))
        else:
            found.append(Section(self.say("closed_by"), self.bullets([self.obstacle(o) for o in answer.closed_by])))
            found.append(Section(self.say("against"), self.bullets([self.vote(vote) for vote in answer.against])))
            found.append(Section(self.say("for"), self.bullets([self.vote(vote) for vote in answer.supporting])))
        shown = answer.silent[:MOST_RULES]
        blocks = self.bullets([self.silent(each) for each in shown])
        if len(answer.silent) > len(shown):
            blocks = (*blocks, Paragraph(self.say("more_rules", count=len(answer.silent) - len(shown))))
        if standing.status != "primary":
            found.append(Section(self.say("silent"), blocks))
        return tuple(found)

    def bullets(self, items: list[tuple[str, tuple[str, ...]]]) -> tuple[Block, ...]:
        return (Bullets(tuple(items)),) if items else ()

    def status(self, answer: Answer) -> str:
        standing = answer.standing
        words = {
            "strategy": self.speaking.strategy(standing.id),
            "status": self.speaking.say(f"status.{standing.status}"),
            "reason": self.speaking.text(standing.reason),
        }
        return self.say("chosen" if answer.chosen else "not_chosen", **words)

    # how far

    def open_distances(self, answer: Answer) -> list[Distance]:
        """The roles it does not have; a strategy that leads has no need of the other one."""
        if answer.standing.status == "primary":
            return []
        return [answer.primary] if answer.standing.status == "secondary" else [answer.primary, answer.secondary]

    def distance(self, answer: Answer, distance: Distance) -> tuple[str, tuple[str, ...]]:
        role = distance.role
        if distance.points is None:
            if not distance.obstacles:
                return self.say(f"{role}_instead"), ()
            obstacles = [self.obstacle(each)[0] for each in distance.obstacles]
            return self.say(f"{role}_never"), tuple(obstacles)
        if distance.points == 0:
            return self.say(f"{role}_instead"), ()
        minimum = int(self.book.parameters[f"min_{role}_score"])
        key = "lacks_one" if distance.points == 1 else "lacks"
        head = self.say(f"{role}_{key}", points=distance.points)
        details = [self.say("minimum", score=_signless(answer.standing.score), minimum=minimum)]
        if role == "primary" and self.recommendation.primary is not None:
            details += self.leader(answer.standing.id, self.recommendation.primary)
        elif distance.points > minimum - answer.standing.score:
            taken = [self.scored(name) for name in self.recommendation.secondary]
            details.append(self.say("places", strategies=self.speaking.say("list_comma").join(taken)))
        return head, tuple(details)

    def scored(self, strategy: str) -> str:
        score = _signless(self.recommendation.standing(strategy).score)
        return self.speaking.strategy(strategy) + self.speaking.say("points_in_brackets", score=score)

    def leader(self, strategy: str, primary: str) -> list[str]:
        score = self.recommendation.standing(primary).score
        found = [self.say("leader", strategy=self.speaking.strategy(primary), score=_signless(score))]
        kinds = [self.book.candidates[name].strategy.kind for name in (strategy, primary)]
        handicap = int(self.book.parameters["means_margin"])
        if kinds == ["means", "direction"] and handicap:
            found.append(self.say("handicap", points=handicap))
        order = self.book.selection.precedence
        found.append(self.say("earlier" if order.index(strategy) < order.index(primary) else "later"))
        return found

    def obstacle(self, obstacle: Obstacle) -> tuple[str, tuple[str, ...]]:
        return obstacle_worded(obstacle, self.speaking)

    # rules

    def vote(self, vote: Vote) -> tuple[str, tuple[str, ...]]:
        strength = self.book.selection.strengths[vote.strength]
        entry = self.book.rule(vote.rule).entry
        points = self.speaking.say("signed_points", points=self.speaking.signed(vote.points))
        head = self.speaking.say("vote_line", title=entry.title, strength=strength.label, points=points)
        premises = self.speaking.premises(self.speaking.firings[vote.rule])
        return head, (self.speaking.text(entry.because), self.speaking.say("evidence_line", text=premises))

    def silent(self, silent: SilentRule) -> tuple[str, tuple[str, ...]]:
        title = self.speaking.rule_title(silent.rule)
        points = "" if silent.points is None else self.speaking.signed(silent.points)
        head = self.say(f"would.{silent.manner}", title=title, points=points)
        return head, tuple(worded(each, self.speaking) for each in silent.missing)


def obstacle_worded(obstacle: Obstacle, speaking: Speaking) -> tuple[str, tuple[str, ...]]:
    """What is in the way as a line, with the reason and what would open it."""
    rule = "" if obstacle.rule is None else speaking.rule_title(obstacle.rule)
    other = "" if obstacle.other is None else speaking.strategy(obstacle.other)
    head = speaking.say(f"explain.obstacle.{obstacle.kind}", rule=rule, other=other)
    if obstacle.rule is None:
        return head, ()
    entry = speaking.book.rule(obstacle.rule).entry
    details = [speaking.text(entry.because)]
    if obstacle.rule in speaking.firings:
        premises = speaking.premises(speaking.firings[obstacle.rule])
        details.append(speaking.say("evidence_line", text=premises) if premises else "")
    if isinstance(entry, BlockRule):
        details.append(speaking.say("gate_line", gate=entry.gate))
    return head, tuple(each for each in details if each)


def _signless(score: int) -> str:
    return str(score).replace("-", "−")
