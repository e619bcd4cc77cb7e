"""From a red check to a green one: what may be kept on the way, and what a project checks with.

counts           Whether as many tests stood behind a green as behind the red before it
declared         The checks that a project declares, told from the files at its root
protected_files  Files that judge the code: tests, what sets them up, lint, build, CI, snapshots
smells           Added lines in product code that silence a check instead of satisfying it
"""
