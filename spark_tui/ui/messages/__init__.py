"""What the screen says, and how it names keys.

key_naming  Keys in messages, named as who has the keyboard has them
of_events   Which message an event leaves in the keys row
words       Every message in one place: what, then the way out. One line each
"""
