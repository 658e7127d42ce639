"""One module per command: what a user may ask for, and nothing of how it is found out."""
