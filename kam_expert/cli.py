"""The command line. Results go to stdout or a file, messages to stderr.

Exit codes 0 done, 1 a case could not be judged or a check failed, 2 wrong use. A command's module is read when the
command is called, so that a diagnosis does not wait for the tools of those who maintain the method.
"""

from __future__ import annotations

from importlib import import_module
from typing import cast

import click

from kam_expert import __version__

COMMANDS = {
    "diagnose": "kam_expert.commands.diagnose:diagnose_command",
    "workbook": "kam_expert.commands.workbook:workbook_command",
    "import": "kam_expert.commands.import_:import_command",
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
}


class LateGroup(click.Group):
    """A group whose commands are read from their modules when they are asked for."""

    def __init__(self, *arguments: object, places: dict[str, str], **options: object) -> None:
        super().__init__(*arguments, **options)  # type: ignore[arg-type]
        self.places = places

    def list_commands(self, context: click.Context) -> list[str]:
        return [*self.places, *super().list_commands(context)]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        if name not in self.places:
            return super().get_command(context, name)
        module, attribute = self.places[name].split(":")
        return cast(click.Command, getattr(import_module(module), attribute))


@click.group(cls=LateGroup, places=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(__version__, prog_name="kam-expert")
def main() -> None:
    """A reasoned second opinion on key accounts. / 大客户战略的第二意见"""


@main.group("rulebook", cls=LateGroup, places=RULEBOOK_COMMANDS)
def rulebook_group() -> None:
    """For those who maintain the method. / 规则库维护"""
