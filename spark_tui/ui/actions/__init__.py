"""What the commands do: from a key to the part of the screen or the conductor it is for.

along             The list of what goes along with the draft: opened, changed, kept up to date
app               Commands that work anywhere: switch, lists, mode, overlay
clicks            What a click does: it goes where it points, or presses the key it stands on
code              The code view's keys: which file, which lines
code_instruction  What to change about chosen lines: the box, its presets, the size
context           `ActionContext`: what actions may touch of the screen, as a protocol
endpoints         F3: the endpoint list, switching, and the form that sets one up
escape            What Esc and Ctrl+C stop, in which order
handlers          One table from a command to what does it, merged from the actions at start
outside           Commands on results of checks and on `AI!` comments
prompt            What the prompt keys do beyond editing: send, queue, complete, quit
review            What the review keys do: from the current hunk to a call of the conductor
router            From a key to its command: popup, Ctrl+X strip, then the focused column
send_guard        What Enter lets out: over the window, unusually large or dear asks first
shell             `!command` in the prompt: run by the person's shell, shown, sent nowhere
shell_output      What a command prints: filled in the thread that reads it, looked at in another
"""
