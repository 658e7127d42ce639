"""The command line. Results go to stdout or a file, messages to stderr.

Exit codes 0 done, 1 a case could not be judged or a check failed, 2 wrong use. A command's module is read when the
command is called, so that a diagnosis does not wait for the tools of those who maintain the method.
"""

from __future__ import annotations

import click

from kam_expert import __version__
from kam_expert.commands.late_group import LateGroup

COMMANDS = {
    "diagnose": "kam_expert.commands.diagnose:diagnose_command",
    "explain": "kam_expert.commands.explain:explain_group",
    "interview": "kam_expert.commands.interview:interview_command",
    "batch": "kam_expert.commands.batch:batch_command",
    "import": "kam_expert.commands.import_:import_command",
    "portfolio": "kam_expert.commands.portfolio:portfolio_command",
    "review": "kam_expert.commands.review:review_command",
    "due": "kam_expert.commands.due:due_command",
    "workbook": "kam_expert.commands.workbook:workbook_command",
}
RULEBOOK_COMMANDS = {
    "prove": "kam_expert.commands.rulebook_prove:prove_command",
    "catalogue": "kam_expert.commands.rulebook_catalogue:catalogue_command",
    "graph": "kam_expert.commands.rulebook_graph:graph_command",
    "check": "kam_expert.commands.rulebook_check:check_command",
    "new": "kam_expert.commands.rulebook_new:new_group",
    "diff": "kam_expert.commands.rulebook_diff:diff_command",
    "schema": "kam_expert.commands.rulebook_schema:schema_command",
    "test": "kam_expert.commands.rulebook_test:test_command",
    "verify": "kam_expert.commands.rulebook_verify:verify_command",
}


@click.group(cls=LateGroup, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kam-expert")
def main() -> None:
    """A reasoned second opinion on key accounts. / 大客户战略的第二意见"""


@main.group("rulebook", cls=LateGroup, places=RULEBOOK_COMMANDS)
def rulebook_group() -> None:
    """For those who maintain the method. / 规则库维护"""
