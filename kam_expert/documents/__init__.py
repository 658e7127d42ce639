"""What each deliverable contains, composed of the blocks that every format prints."""
