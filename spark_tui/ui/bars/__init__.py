"""The rows and panels around the transcript: header, rule, keys, status, changes.

changes_panel  The panel at the right: files of this turn with their marks, and what changed outside
context_row    The row above the rule: what Enter would send with what is typed
header         The top row: repository, branch, changed files, mode, endpoint
key_hints      The keys that mean something here, and the place where messages are shown
queue_row      The queued instruction, right above the rule
race_row       The row above the two columns of a race
rule           The rule above the prompt: its first word says where letters go
status         The bottom row: endpoint, time to first token, rate, tokens, our share, time
"""
