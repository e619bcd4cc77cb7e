"""Values and pure functions: no I/O, no clock, no asyncio, no Textual.

check_output/  A check's output, read: what failed, where and why, in as few tokens as will do
config/        config.toml and theme files, read into frozen values with errors that name the key
cost/          What tokens cost, and when to ask before spending
edits/         The edit engine: a model's text in, located hunks or readable refusals out
endpoint/      An endpoint as values: what it is, how it is chosen and set up, what it sends
green/         The guards of a red check on its way to green, and the checks a project declares
latency/       Where the time of a turn went: stamps in, figures, waterfall and verdict out
measure/       Figures of measured requests: named as benchmark tools do, and their spread
retrieve/      Finding the code an instruction is about: terms, blocks, ranking and packing. No I/O
trace/         Latency traces: one turn as JSON lines, without its text unless the person opted in
tree_review/   Anyone's changes as hunks: made, remembered, and taken out, byte for byte
checks         Post-apply checks: which are due for which files, and what their output says
comments       Comments that ask for an edit: a comment line that ends in a marker (`AI!`)
commit         What a commit of the edits on disk holds: its files, and a message to edit
context        Names of files and their excerpts, what of them goes along, limits
dataclass      Dataclasses that cost their making only when one is made
errors         Errors a person is meant to read: what happened, then the way out
events         Everything that happens in a session, as small frozen stamped values
export         A session for other people: as Markdown to read, as patches to apply
guidance       A project's own guidance for models (`AGENTS.md`): which files of it go along
journal        Values of the edit journal: what is noted beside an entry's bytes, and what is listed
line_patterns  What a model wants to find, as pieces of text that stand in one line in a given order
looks          What a model may look at: three read-only tools; how many rounds, calls, tokens
mentions       Files that an instruction names: `@path`, and lines of them
mode           Who decides on hunks: the person, nobody, or nothing is written
nearest        The known name that a mistyped one most likely means
pasted_blocks  An instruction that knows which parts of it were pasted, so that they fold
plain_data     Frozen values as plain data for JSON, and back, checked against their annotations
printable      Text from outside made harmless for a terminal or a person
prompts        From an instruction and excerpts to a `ModelRequest`: stable prefix first
race           One instruction to two endpoints at once: its values, and which hunks are twins
regex          Regular expressions that are compiled when first used
remedy         What a person can do about a problem, as each surface words it
saved_session  A session as plain data, so that it can be kept on disk and opened again
session        The session as one value, and the pure fold that makes it from events
sizing         How large a request is, against the model's window and the session's usual size
tokens         How many tokens a text has, guessed from its characters
topic          What a turn knows of those before it: what they asked, and what became of the answers
tree           The worktree as shown: its branch, and what differs from HEAD
"""
