"""A file to read and to point at.

code_block      A file's lines as rows, with the instruction box hanging on the chosen ones
find            Looking for a text in the lines of a file. Pure but for the keys it takes
line_selection  Which lines of a file are chosen: one line, or from an anchor to the cursor
widget          The code view: a file to read and to point at. Title, lines, and what the digits say
"""
