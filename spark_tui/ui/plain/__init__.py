"""The append-only session for screen readers and dumb terminals."""
