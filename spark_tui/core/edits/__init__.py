"""The edit engine: a model's text in, located hunks or readable refusals out. Pure.

alike            Hunks that make the same replacement: one word for another, and nothing else
already_applied  Signs that an edit is in the file already, or its place is doubtful
anchors          What narrows several places down: anchors, the End-of-File mark, line hints
assembler        A whole answer's parser events plus file images in, hunks out (`Assembler`)
blanks           Leading blanks of new lines as the file writes them: tabs or spaces
by_hand          A hunk whose new side the person wrote: same place, their lines
compose          The new lines of a located hunk, and the file after the hunks that are kept
definitions      What a text defines: functions, keys, sections or headings, by name
dependent_hunks  Hunks that fit only on the text an earlier hunk of the answer wrote
diff             Line differences: opcodes, unified diffs to print. Rows to show: `rows`
disambiguation   What the other hunks of a file say about one that fits in several places
emitter          What every parser writes its events to: one numbering for a whole answer
encodings        Which encoding a file is in, as far as its bytes tell, and whether that is sure
endings          How new lines end: as the lines they replace do, else as their neighbours
entry            A journal entry as numbered hunks, and its files with some of those taken back
excerpt          Whether a text under a file's name is all of the file, or lazy ("… rest unchanged")
fences           Code fences: what opens and closes one, where a fence that holds fences ends
fileops          Whole files and file operations: created, rewritten, deleted, moved
fuzzy_context    One context line off: mistyped, missing from the hunk, or not in the file
guard            Which paths are never written, and which texts are no whole file
habits           What `.editorconfig` and `.gitattributes` say about how a file is written
headless         A complete answer at once (`propose`), for pipes: all of it fits or nothing does
hunk_factory     Hunk values: opened at a place, or refused with a reason
indent           Re-indentation: what matched lines teach about the indentation of added ones
index            A file's lines looked up by what they say, built once per image and level
joining          Joins an answer that hit its length limit with what came when it was asked to go on
languages        What of a language matters for where its lines begin: blocks, comments, literals
line_claims      Which base lines are taken by placed hunks
locate           The matching ladder: where in a file a hunk belongs, or why that can't be said
lookalike        Lines that look alike and are not: which they are, and what of them differs unseen
mangled          Signs that a text was changed on its way from the model: never into a file
marks            The lines by which edit formats are told apart
merge            A hunk that fits nowhere merged into the lines it was most likely meant for
model            Values of the edit engine: file images, parser events, hunks, refusals, rows
naming           Which file a line above an edit block names
near_miss        Where a hunk that fits nowhere was most likely meant, and how the file reads there
part             A range of lines as an image of its own: an edit touches nothing outside of it
path_patterns    File patterns of `.editorconfig` and `.gitattributes`, in linear time
proposal         The hunks of one file (`FileEdit`): placed as they close, settled when complete
readings         Which reading of a SEARCH/REPLACE block is meant: the file tells
refused          A refused hunk in words for a shell, where there is no hunk to look at
relocate         Where hunks go when their file changes under them
repair           What to ask the model about hunks that found no place
rows             A hunk as lines of a diff view, and what differs within changed lines
search_replace   Push parser of SEARCH/REPLACE blocks, named by a line above
span             A quick edit's answer: new text for the lines that the request named
stream           Sniffs the format, pushes text through its parser, emits edit events
supposed         A fence that names no file, where only the one file sent can be meant
text             Bytes to lines and back, without losing one of them
thoughts         Thoughts in an answer's text, told apart from it while it streams
unified          Push parser of unified diffs, with or without git's headers
v4a              Push parser of V4A, the `apply_patch` format (`*** Begin Patch` …)
whole            Push parser of whole files: a naming line, then a fence with all of the file
writers          Who changed what stands in an edit's way, in words that blame nobody wrongly

An answer's way: stream -> one parser (v4a, search_replace, unified, whole, span) -> assembler ->
proposal, which places each hunk (locate), writes its new lines (compose) and refuses the rest.
"""
