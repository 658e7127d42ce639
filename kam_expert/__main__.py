"""The entry point: settings of a short-lived process, then the command line."""

from __future__ import annotations

import codecs
import gc
import os
import sys
from contextlib import suppress

_PLAINER = {"−": "-", "›": ">", "–": "-"}
"""Signs that older encodings, such as that of Chinese Windows, do not have, and what stands for them there."""


def _plainly(error: UnicodeError) -> tuple[str, int]:
    """A sign that the terminal cannot show as one that it can; no report ends for its sake."""
    if not isinstance(error, UnicodeEncodeError):
        raise error
    return "".join(_PLAINER.get(sign, "?") for sign in error.object[error.start : error.end]), error.end


def run() -> None:
    """Run the command line."""
    codecs.register_error("plainly", _plainly)
    for stream in (sys.stdout, sys.stderr):
        with suppress(AttributeError, ValueError):
            stream.reconfigure(errors="plainly")  # type: ignore[union-attr]
    # Foreign pydantic plugins could change what our models accept, and looking for them takes longer than a diagnosis.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Reading the rulebook makes many lasting objects; the collector would walk them all again and again.
    gc.set_threshold(200_000, 20, 20)
    from kam_expert.cli import main

    main(prog_name="kam-expert")


if __name__ == "__main__":
    run()
