"""Everything that touches the world; no service imports another (all may use `processes`)."""
