"""How a template says where something is to stand: a name in double braces."""

from __future__ import annotations

import re

PATTERN = re.compile(r"\{\{\s*([^{}]*?)\s*\}\}")
