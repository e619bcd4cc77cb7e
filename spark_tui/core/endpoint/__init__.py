"""An endpoint as values: what it is, how it is chosen and set up, what it sends. Pure."""
