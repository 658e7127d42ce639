"""The review of a plan: what was accepted, what changed since, what to do about it."""
