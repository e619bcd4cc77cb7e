"""The conductor: runs a turn and yields events. Owns the Protocols that services fit.

answer             The network thread's half of a turn: wire events in, parsed batches out
assembly           The loop's half of a turn: from parsed batches to session events and hunks
autosave           Hands out what changed of the session shortly after it changed
check_runner       Runs a check for somebody who compares runs, and reads what it prints
checking           Runs the person's checks after an apply, one after the other
comments           Watches for `AI!` comments: only those the person just wrote count
conductor          `Pair`, what the UI talks to: turns, review and worktree as one stream of events
context_selection  What goes along with an instruction: named files, or a choice when none is named
emit               How events go round: `Emit` for who makes them, `Observer` for who follows them
endpoints          The endpoints of a session: the one in use, switching, and setting one up
faults             Faults of this program in a session: told in one line, noted, and never a hang
follow_up          What the next turn takes over: files, open hunks, selected lines
frame_gate         What is read within a frame crosses to the interface at once, when it is due
green              Drives a green loop: runs the check, asks, writes and takes back
guarded_hunks      Which hunks wait for a key of their own: what judges the code, what smells
inbox              From the network thread into the app's loop: a deque and one wake-up per batch
journal_hunks      What the journal says about the session's hunks: on disk, or of which entry
last_save          What the person saved last outside of this program, as a diff
look_only          The half of a `Conductor` that asks and writes, for a replay: it refuses
looker             Carries out one look of the model, through the guarded reader, and frames it
looking            Runs the rounds in which the model looks, within the bounds of `core.looks`
open_files         The files of open hunks: their base images, and what of them is applied
own_files          Files that a loop or a try wrote: what they hold unless somebody saved them
ports              The Protocols `pair` needs of the world: endpoint, worktree, clock
previews           What a draft would send, from a cache that is filled in the background
racing             A race of two endpoints: arming it, its two turns, twins, and who goes on
recording          Paints become events, and a recorder (traces) gets all of them
reopen             A kept session's open hunks, placed on the files as they are now
repair             The one automatic repair round: hunks without a place are asked for again, once
replay             A recorded turn, played again at its pace, instead of a `Pair`
request            The request of an instruction: made to show its size, and to be sent
reshape            Hunks that the person splits in parts or rewrites before deciding
review             Decisions and the disk: keep, drop, flush, undo; what auto-apply writes unasked
sources            The files there are, and what a draft would send
spending           What turns cost, held against the limits before the next goes out
tree_review    A review of anyone's changes: reads a tree piece by piece, remembers, takes out
tree               The worktree as shown: read again when something changed it
trying             Tries a whole answer: on disk, checked, and then the person decides
turn               One turn: request -> stream -> edits -> proposal. The only cancel scope
"""
