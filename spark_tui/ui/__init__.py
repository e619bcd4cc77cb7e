"""The terminal interface; the only package that imports Textual.

actions/     What the commands do: from a key to the part of the screen or the conductor it is for
bars/        The rows and panels around the transcript: header, rule, keys, status, changes
code_view/   A file to read and to point at
input/       Keys: what terminals send, which command they mean, and who has the keyboard
latency/     What the screen shows of latency: line, waterfall, session report
lists/       Lists over the transcript, what is in them, and finding in them by letters
messages/    What the screen says, and how it names keys
plain/       The append-only session for screen readers and dumb terminals
prompt/      Where instructions are typed
session/     The session screen: what holds its parts together while turns run
style/       How things look: theme, cells, syntax colours, and the base of the widgets
terminal/    The terminal itself: its driver, first paint, clipboard, and how it is given back
transcript/  Prose and live diffs: what was said, and the hunks that are decided on
tree_review/ Anyone's changes under review: seen, discarded, remarked
app          The Textual application: palette, pump, terminal, and the way in and out
frame        When to paint: events are gathered into frames, and one flush serves the whole screen
options      What the composition root hands to the interface, as values and functions
undecided    Which hunks wait for the person
"""
