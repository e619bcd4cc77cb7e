"""One module per group of commands; each joins the parts it needs, and only those."""
