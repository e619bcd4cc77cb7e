"""Prose and live diffs: what was said, and the hunks that are decided on.

blocks           The blocks a transcript is made of. Each knows its rows; none knows where it stands
current_hunk     Which hunk is the current one, that review keys act on
document         Folds events into blocks, and knows its hunks in order
hunk_block       One hunk on the screen: its rows in every state, folded and unfolded
hunk_group       Hunks that make the same replacement, shown and decided as one
hunk_rows        What a hunk says: its header row, its diff rows, and the row that offers a way out
layout           Blocks in order: where each stands, painted rows kept while true
live_rows        The rows of a hunk that is still being written
looks_block      What the model looked at: a row each, and the row that asks whether it may
mouse_selection  Where the mouse is in a row's text, and which cells a selection covers
row_view         A widget that shows a document's rows and asks for exactly the cells that differ
side_by_side     Which removed and added rows share a screen row on wide terminals
turns            What the transcript knows of one turn, and the words it has for how things went
viewport         Which rows are on the screen, and what holds still (scrolling)
widget           The transcript widget: scrolls, selects, knows the current hunk
wrap             Changed lines on several rows: where they break, what is left out
"""
