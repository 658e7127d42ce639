"""Whether the advice of the working book still holds for the facts that stand in it now, as live formulas.

What decides the level and the lead beside the points: the rules of the level, what forces the lead, and what bars,
blocks or vetoes the strategy that leads.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from kam_expert.rulebook.book import Rule
from kam_expert.rulebook.evaluation import evaluate
from kam_expert.rulebook.schema import BarRule, BlockRule, ForcedRule
from kam_expert.workbooks.account_sheet import AccountBook, Cell, Live, Sheet
from kam_expert.workbooks.formula_text import EMPTY, quoted

WARNING = "advice_warning"
BETWEEN = "; "


@dataclass(frozen=True)
class Watched:
    """A rule that the advice stands or falls with; `fired`: whether it was true in the diagnosis."""

    rule: Rule
    fired: bool


def watched(account: AccountBook) -> tuple[Watched, ...]:
    """The rules that would end the advice if they began or ceased to be true."""
    fired = {rule.id for rule in account.book.rules if evaluate(rule.condition, account.state) is True}
    return tuple(Watched(rule, rule.id in fired) for rule in _decisive(account, fired))


def _decisive(account: AccountBook, fired: set[str]) -> Iterator[Rule]:
    found = account.diagnosis.recommendation
    for rule in account.book.rules_of("level"):
        yield rule
        if rule.id == found.level_rule:
            return
    if found.primary is None or found.default is not None:
        yield from (rule for rule in account.book.rules_of("default") if rule.id in (found.level_rule, found.default))
    if found.primary is None:
        return
    for rule in account.book.rules_of("forced"):
        assert isinstance(rule.entry, ForcedRule)
        fits = {*rule.entry.satisfied_by, *(each.strategy for each in rule.entry.primary)}
        if rule.id in (found.forced_by, found.upheld_by):
            yield from (rule,) if rule.id == found.forced_by else ()
            break
        if rule.id not in fired and found.primary not in fits:
            yield rule
    for rule in account.book.rules_of("bar"):
        if isinstance(rule.entry, BarRule) and found.primary in rule.entry.bars:
            yield rule
    for rule in account.book.rules_of("block"):
        if isinstance(rule.entry, BlockRule) and found.primary in rule.entry.blocks:
            yield rule


def watch(account: AccountBook, sheet: Sheet, row: int) -> None:
    """The decisive rules as they stand now, and in a row at the top what of them has changed."""
    sheet.write(about=Cell(account.say("now.decisive"), "head"), said=Cell(None, "head"))
    yes, changed, first = quoted(account.yes), [], sheet.row
    for each in watched(account):
        truth = account.truth(evaluate(each.rule.condition, account.state))
        changes = f"{sheet.place('said')}{'<>' if each.fired else '='}{yes}"
        changed.append(f"IF({changes},{quoted(BETWEEN)}&{sheet.place('about')},{EMPTY})")
        live = Live(account.formulas.flag(each.rule.condition), truth)
        sheet.write(about=Cell(account.words.text(each.rule.entry.title), "text"), said=Cell(live, "left"))
    primary = account.diagnosis.recommendation.primary
    if primary is not None:
        name = account.speaking.strategy(primary)
        vetoed = f"INDEX(strategies_vetoed,MATCH({quoted(name)},strategies_strategy,0))"
        changed.append(f"IF({sheet.place('said')}={yes},{quoted(BETWEEN)}&{sheet.place('about')},{EMPTY})")
        sheet.write(about=account.say("now.vetoed", strategy=name), said=Cell(Live(vetoed, False), "left"))
    sheet.grey_if_unknown("said", first, sheet.row - 1)
    sheet.row += 1
    what = "&".join(changed)
    warning = f"IF(LEN({what})=0,{EMPTY},{quoted(account.say('now.void'))}&MID({what},{len(BETWEEN) + 1},900))"
    sheet.put(row, sheet.places["said"], Cell(Live(warning, None), "text"))
    sheet.define(WARNING, sheet.place("said", row))
    alarm = account.file.add_format({"bg_color": "#D55E00", "font_color": "#FFFFFF", "bold": True})
    rule = {"type": "formula", "criteria": f'={sheet.place("said", row)}<>""', "format": alarm}
    sheet.sheet.conditional_format(row, sheet.places["said"], row, sheet.places["said"], rule)
    sheet.sheet.set_row(row, 34)
