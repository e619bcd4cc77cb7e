"""Everything that touches the world; no service imports another (all may use `processes`).

endpoint/    Model endpoints: HTTP and WebSocket wires, read and stamped in a thread of their own
index/       The index of a repository: one SQLite file, which holds terms and no text
processes/   The only package that starts processes, by profile
worktree/    The user's git worktree: reading, writing and undoing without losing a byte
browser      Opens a web page in the person's browser, by the program their desktop has for it
checks       Runs the person's post-apply checks: their own programs, without a shell, bounded
clipboard    The person's clipboard, read and written through the program their desktop has for it
crashes      Notes of this program's own faults: where it broke, never what it held
credentials  Keys set up from the screen: a file only its owner reads, or the keyring
editor       The person's own editor in the terminal: a file at a line, or a text that comes back
file_lock    Advisory locks on small files that several sessions append to
home         The person's home folder, which may not be known; paths by `~`
history      What the person typed: instructions sent before, and the draft a session ended with
places       Where config, themes, state and traces live (XDG); loads settings and themes
installation Whether this Python can run all of the program
plain_files  Small files: read only where plain, never for long; written whole, for their owner
refusals     Why filters gave their input back, noted for `spark-tui log`
sessions     Sessions on disk: one append-only file each
shell        A command line the person typed after `!`, run by their own shell
signin       Signs in with a ChatGPT plan in the browser; keeps, renews, revokes tokens
spending     What turns cost on this machine, appended a line a turn; today's in memory
theme_files  Theme files that change while the program runs
trace        Traces on disk: one private file a turn, bounded in number and bytes
trust        Which project files the person trusts: by content, so that a changed file asks again
"""
