"""What the experts wrote: read with positions, checked, connected, immutable."""
