"""A reasoned second opinion on key accounts: facts and rules in, an explained recommendation and a plan out.

diagnosis = diagnose(load_case("cases/northern-bottlers.yaml"))
print(why_not(diagnosis, "penetration"))
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kam_expert.case import Case, load_case
    from kam_expert.diagnosis import Diagnosis, diagnose
    from kam_expert.explanation.flips import Flips, flips
    from kam_expert.explanation.how import How, explain_how
    from kam_expert.explanation.path_to import PathTo, path_to
    from kam_expert.explanation.proof import Proof, proof
    from kam_expert.explanation.what_if import WhatIf, what_if
    from kam_expert.explanation.why_not import WhyNot, why_not
    from kam_expert.problems import Problem, ProblemsFound
    from kam_expert.rulebook.book import Rulebook
    from kam_expert.rulebook.loading import load_rulebook

__version__ = "0.1.0"

_HOMES = {
    "Case": "kam_expert.case",
    "load_case": "kam_expert.case",
    "Diagnosis": "kam_expert.diagnosis",
    "diagnose": "kam_expert.diagnosis",
    "Flips": "kam_expert.explanation.flips",
    "flips": "kam_expert.explanation.flips",
    "How": "kam_expert.explanation.how",
    "explain_how": "kam_expert.explanation.how",
    "PathTo": "kam_expert.explanation.path_to",
    "path_to": "kam_expert.explanation.path_to",
    "Proof": "kam_expert.explanation.proof",
    "proof": "kam_expert.explanation.proof",
    "WhatIf": "kam_expert.explanation.what_if",
    "what_if": "kam_expert.explanation.what_if",
    "WhyNot": "kam_expert.explanation.why_not",
    "why_not": "kam_expert.explanation.why_not",
    "Problem": "kam_expert.problems",
    "ProblemsFound": "kam_expert.problems",
    "Rulebook": "kam_expert.rulebook.book",
    "load_rulebook": "kam_expert.rulebook.loading",
}

__all__ = [
    "Case",
    "Diagnosis",
    "Flips",
    "How",
    "PathTo",
    "Problem",
    "ProblemsFound",
    "Proof",
    "Rulebook",
    "WhatIf",
    "WhyNot",
    "__version__",
    "diagnose",
    "explain_how",
    "flips",
    "load_case",
    "load_rulebook",
    "path_to",
    "proof",
    "what_if",
    "why_not",
]


def __getattr__(name: str) -> Any:
    """The public names, imported when first used: a command that only prints its help stays fast."""
    if name in _HOMES:
        from importlib import import_module

        return getattr(import_module(_HOMES[name]), name)
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
