"""Prose and live diffs: what was said, and the hunks that are decided on."""
