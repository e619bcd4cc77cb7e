"""What the program says that helps, and how it names keys: the one room of its words.

words      The words of the screen: what happened, then what helps. One line each
remedies   What helps, in the words of the screen, of plain mode and of a shell, side by side
of_events  Which message an event leaves in the keys row
green      The words of a green loop: its status, its attempts, how it ended
message    A message whose keys are named when it is painted, for who has the keyboard then
"""
