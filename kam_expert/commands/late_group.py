"""A group of commands whose modules are read when a command is called, not before."""

from __future__ import annotations

from importlib import import_module
from typing import cast

import click


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
