"""The entry point: settings of a short-lived process, then the command line."""

from __future__ import annotations

import gc
import os


def run() -> None:
    """Run the command line."""
    # Foreign pydantic plugins could change what our models accept, and looking for them takes longer than a diagnosis.
    os.environ.setdefault("PYDANTIC_DISABLE_PLUGINS", "__all__")
    # Reading the rulebook makes many lasting objects; the collector would walk them all again and again.
    gc.set_threshold(200_000, 20, 20)
    from kam_expert.cli import main

    main(prog_name="kam-expert")


if __name__ == "__main__":
    run()
