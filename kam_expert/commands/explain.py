"""`kam-expert explain CASE …`: why the recommendation is what it is, and what would change it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import NoReturn

import click

from kam_expert.commands.explaining import common_options
from kam_expert.commands.late_group import LateGroup
from kam_expert.commands.terms import preferred_language
from kam_expert.problems import nearest_phrase
from kam_expert.wording import languages, wording

EXPLANATIONS = {
    "how": "kam_expert.commands.explain_how:how_command",
    "why-not": "kam_expert.commands.explain_why_not:why_not_command",
    "what-if": "kam_expert.commands.explain_what_if:what_if_command",
    "flips": "kam_expert.commands.explain_flips:flips_command",
    "sensitivity": "kam_expert.commands.explain_sensitivity:sensitivity_command",
    "proof": "kam_expert.commands.explain_proof:proof_command",
    "path-to": "kam_expert.commands.explain_path_to:path_to_command",
}


class OptionsAnywhere(LateGroup):
    """A group with an argument whose options may stand before or after that argument, as people type them."""

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        names = self.list_commands(context)
        first = next((index for index, arg in enumerate(args) if arg in names), len(args))
        own, rest = args[:first], args[first:]
        context.allow_interspersed_args = True
        options, left, _ = self.make_parser(context).parse_args(list(own))
        context.allow_interspersed_args = False
        if left:
            self.refuse(context, left[0], options)
        case = options.get("case")
        if isinstance(case, str):
            own.remove(case)
            own.append(case)
        elif rest and set(rest) & set(self.get_help_option_names(context)):
            own.append(rest[0])  # help on a command needs no case
        return super().parse_args(context, own + rest)

    def refuse(self, context: click.Context, name: str, options: Mapping[str, object]) -> NoReturn:
        """End with what was taken for a command, the nearest one and those there are."""
        language = options.get("lang")
        words = wording(language if language in languages() and isinstance(language, str) else preferred_language())
        names = self.list_commands(context)
        near = nearest_phrase(name, names)
        context.fail(words.say("explain.no_command", name=name, nearest=near, allowed=", ".join(names)))


@click.group("explain", cls=OptionsAnywhere, places=EXPLANATIONS, subcommand_metavar="COMMAND [ARGS]...")
@click.argument("case", type=click.Path(path_type=Path), metavar="CASE")
@common_options
def explain_group(**_options: object) -> None:
    """Why the recommendation is what it is. / 说明建议的来由，以及怎样才会改变"""
