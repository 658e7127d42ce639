"""`python -m kam_expert`."""

from kam_expert.cli import main

main(prog_name="kam-expert")
