"""A check's output, read: which tests failed, where and why, in as few tokens as will do.

condense  A report for a model: each root cause once, new before old, within a budget of tokens
lines     The output of a program as bounded lines of plain text: what every reader reads
read      From what a check printed and its exit code to a report
readers/  One module a runner family: its lines in, failures and counts out
report    What one run of a check said, as values
"""
