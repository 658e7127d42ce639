"""An account as a working book for Excel: what is known, and everything that follows from it, as live formulas.

Whoever changes a fact, a weight or a parameter sees measures, scores, positions, signals and points move. Which
strategy leads is decided by the engine alone; the book says when its points no longer are those of the diagnosis, and
when a rule that decides the level or the lead no longer is what it was.
"""

from __future__ import annotations

import io
from datetime import datetime, time

from xlsxwriter import Workbook

from kam_expert.diagnosis import Diagnosis
from kam_expert.wording import Wording
from kam_expert.workbooks import account_facts, account_figures, account_plan, account_rules, account_summary
from kam_expert.workbooks.account_sheet import FIRST_OF_EXCEL, AccountBook

OPTIONS = {
    "in_memory": True,
    "strings_to_formulas": False,
    "strings_to_numbers": False,
    "strings_to_urls": False,
}
SHEETS = (
    account_summary.summary,
    account_facts.facts,
    account_facts.tables,
    account_facts.parameters,
    account_figures.measures,
    account_figures.lines,
    account_figures.scores,
    account_rules.positions,
    account_rules.signals,
    account_rules.votes,
    account_plan.activities,
    account_summary.sources,
)


def workbook(diagnosis: Diagnosis, words: Wording) -> bytes:
    """The working book of one account in one language: the same bytes for the same diagnosis."""
    buffer = io.BytesIO()
    created = datetime.combine(max(diagnosis.case.as_of, FIRST_OF_EXCEL), time())
    with Workbook(buffer, OPTIONS) as file:
        file.set_properties({"title": diagnosis.case.name, "comments": diagnosis.book.version, "created": created})
        file.set_calc_mode("auto")
        account = AccountBook(file, diagnosis, words)
        for write in SHEETS:
            write(account)
    return buffer.getvalue()
