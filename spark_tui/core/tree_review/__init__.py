"""Anyone's changes as hunks: made, found again, remembered, and taken out, byte for byte. Pure.

foreign_patch  A unified diff that somebody else made, as changes to look at
hunks      One changed path as hunks, and its bytes with some of those taken out
line_ends  Line endings between repository and worktree, as git turns them without a filter
model      Values: what is compared, one changed path, its sides and hunks
order      In which order files are reviewed: generated and lock files last
renames    Which files that came are files that went, under another name
report     The hunks of a review as data for scripts
seen       Which hunks were looked at, remembered by what they say
sliding    Which of several equal ways to cut a run of lines reads best
"""
