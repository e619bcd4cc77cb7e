"""What the screen shows of latency: line, waterfall, session report.

instrument    What the instrument knows: the stamps of every turn, and what the interface costs
overlay       The latency overlay above the rule: off, one line, or the waterfall. Never takes focus
overlay_rows  The rows of the latency overlay as text: pure functions of what the instrument knows
plot          A few values as dots in braille: eight dots a character, two of them side by side
report        The session view as lines of text: figures of every endpoint, and plots of its turns
"""
