"""The append-only session for screen readers and dumb terminals.

run      Runs the append-only session: lines of a descriptor in, lines on stdout out
session  Lines in, lines out, no cursor: a session as text
"""
