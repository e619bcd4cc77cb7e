"""Measures endpoints: prompts of several sizes, requests beside each other, figures and tables.

plan      What a run measures: endpoints, sizes, counts, goals
progress  One line that says how far a run is, on a terminal only
prompts   Prompts of a wanted size that no cache has seen: each begins with a text of its own
report    The report of a run as one JSON value; saved runs are the same value read back
run       Runs a plan: each lane has an endpoint of its own, so that no connection is waited for
tables    A report as a text for people, at most 80 columns wide
"""
