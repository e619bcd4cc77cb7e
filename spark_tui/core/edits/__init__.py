"""The edit engine: a model's text in, located hunks or readable refusals out. Pure.

model           the values everything else passes around
stream          sniffs the dialect, pushes text through its parser, emits edit events
v4a, search_replace, unified, whole, span    one push parser per dialect, writing to an `emitter`
naming, marks   which file a line above a block names; the lines by which formats are told
fences, readings    where a fenced text ends; how a block with several dividers is meant
excerpt         whether a text under a file's name is the whole file
text, index     bytes to lines and back; a file's lines looked up by what they say
locate          the matching ladder: where in the file a hunk belongs
anchors, fuzzy_context, already_applied    its parts: narrowing, a context line off, signs of doubt
indent, compose the new lines of a placed hunk; files after the hunks that are kept
proposal        the hunks of one file of an answer (`FileEdit`), with its parts
                hunk_factory, fileops, dependent_hunks, disambiguation, line_claims, relocate
assembler       the events of a whole answer plus images, to hunks (`Assembler`)
headless        the same at once, all or nothing (`propose`), for pipes
diff            rows to show, unified diffs to print, intraline changes
repair          what to ask the model about hunks that had no place
guard           which paths and contents are never written
"""
