"""Lists over the transcript, what is in them, and finding in them by letters.

along          What goes along with a draft, as a list in which it can be changed
contents       What is in the lists: palette, help, endpoints, themes, files, history, undo
endpoint_form  The form that sets up an endpoint: address, model, key, the test's ticks
entry          A journal entry, opened: what it did, hunk by hunk
file_index     The files of the worktree, made ready for finding: a long list in a thread of its own
finder         Finding paths by letters in order, fast enough for every key over 100,000 paths
popup          One light list over the body: palette, help, endpoints, completion, changed files
"""
