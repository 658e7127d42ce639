"""Every picture drawn as SVG."""

from __future__ import annotations

from kam_expert.reports.drawings_bars import bars, bridge, compared, tornado
from kam_expert.reports.drawings_grid import grid
from kam_expert.reports.drawings_portfolio import bubbles, curve
from kam_expert.reports.drawings_schedule import schedule
from kam_expert.reports.drawings_scores import matrix, radar
from kam_expert.reports.pictures import (
    Bars,
    Bridge,
    Bubbles,
    Compared,
    Curve,
    Grid,
    Matrix,
    Radar,
    Schedule,
    Shown,
    Tornado,
)
from kam_expert.reports.svg import Drawing


def drawn(shown: Shown, title: str, colon: str) -> Drawing:
    """A picture as a drawing, titled for whoever cannot see it. `colon`: that of the language."""
    match shown:
        case Matrix():
            return matrix(shown, title)
        case Radar():
            return radar(shown, title)
        case Bars():
            return bars(shown, title)
        case Schedule():
            return schedule(shown, title)
        case Tornado():
            return tornado(shown, title, colon)
        case Bridge():
            return bridge(shown, title)
        case Grid():
            return grid(shown, title, colon)
        case Bubbles():
            return bubbles(shown, title)
        case Compared():
            return compared(shown, title, colon)
        case Curve():
            return curve(shown, title)
