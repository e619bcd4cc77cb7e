"""From a red check to a green one: the loop, what it may keep, and what a project checks with.

brief            What a loop says to the model: what failed, what became of its last answer, rules
compare          Two runs of a check compared by what failed: better, same or worse
counts           Whether as many tests stood behind a green as behind the red before it
declared         The checks that a project declares, told from the files at its root
limits           What a loop may take: attempts, time, tokens, money
loop             The green loop as a pure state machine: what happened in, what to do next out
protected_files  Files that judge the code: tests, what sets them up, lint, build, CI, snapshots
smells           Added lines in product code that silence a check instead of satisfying it
trying           A try: an answer on disk, checked before the person decides, as a state machine
view             A loop as screens and shells see it: its state, with words and entries around it
"""
