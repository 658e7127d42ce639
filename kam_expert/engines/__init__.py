"""Engines that draw the conclusions of a rulebook: the network, and the plain oracle that checks it."""
