"""The screen of a review of anyone's changes: seen, discarded, remarked. Keys: UX of `review`.

bars      Its header, its rule, and the row a remark is typed in
blocks    One hunk of a tree on the screen, and the row of a file whose lines are not held
document  Files in order as blocks: those near the screen by hunks, the others by one row each
screen    The screen: puts widgets and review together, and does what its keys say
view      The widget: which hunk is the current one, what was painted of it, what is near
"""
