"""The rulebook in columns: many accounts judged at once, each exactly as it would be judged alone."""
