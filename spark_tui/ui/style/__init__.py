"""How things look: theme, cells, syntax colours, and the base of the widgets."""
