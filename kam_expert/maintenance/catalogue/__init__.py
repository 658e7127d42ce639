"""The rulebook as linked pages: gathered once as values, then written as Markdown or HTML."""
