"""The conductor: runs a turn and yields events. Owns the Protocols that services fit.

ports     what a turn needs from the world: endpoint, worktree, clock
turn      request -> stream -> edits -> proposal
review    decisions, flushes, undo
"""
