"""Anyone's changes as hunks: made, found again, remembered, and taken out, byte for byte. Pure.

foreign_patch  A unified diff that somebody else made, as changes to look at
hunks      One changed path as hunks, and its bytes with some of those taken out
line_ends  Line endings between repository and worktree, as git turns them without a filter
model      Values: what is compared, one changed path, its sides and hunks
moved      Lines that went in one place of a tree and came in another
order      In which order files are reviewed: generated and lock files last
patch_source  A patch in the place of a tree: looked at, and nothing else
remarks    What a reviewer says about hunks, as an instruction or a text for another tool
renames    Which files that came are files that went, under another name
report     The hunks of a review as data for scripts
rows       A tree's hunk as lines of a diff view
seen       Which hunks were looked at, remembered by what they say
sliding    Which of several equal ways to cut a run of lines reads best
"""
