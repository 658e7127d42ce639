"""The constraints reading of the rulebook (z3): what can happen to any account whatever.

The only import of z3. It never invents what the rulebook excludes and then calls it shown: every account that it
returns has been checked by the plain interpreter.
"""

from kam_expert.engines.constraints.prover import equivalent

__all__ = ["equivalent"]
