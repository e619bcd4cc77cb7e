"""The words of the screen: what happened, then what helps. One line each.

A message that names keys is a `Message`: they are named when it is painted. What a `Remedy` says is
in `remedies`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from spark_tui.core.checks import CheckResult
from spark_tui.core.context import ContextItem, written
from spark_tui.core.cost.pricing import dollars
from spark_tui.core.cost.spending import Over
from spark_tui.core.edits import writers
from spark_tui.core.edits.model import HunkState, Row
from spark_tui.core.events import LookResult, Repairing, RepairStage
from spark_tui.core.journal import several
from spark_tui.core.looks import ROUNDS
from spark_tui.core.printable import safe
from spark_tui.core.session import Turn
from spark_tui.core.sizing import against
from spark_tui.core.tokens import short
from spark_tui.ui.input.commands import Keymap
from spark_tui.ui.input.focus import Where
from spark_tui.ui.messages.message import Key, Message, WayOut, key


def _said(what: str, *ways: WayOut, error: bool = False) -> Message:
    return Message(what, ways, error)


OFFER_CUT = key("send", "asks again")
OFFER_QUEUED = key("send", "sends the next one")
TYPING = Message("typing?", (key("type", "types", joint=" "),))
QUIT_TWICE = _said("", key("interrupt", "twice quits"))
NOT_SEEN = "shown now · press again"
IDLE_INTERRUPT = _said(
    "draft is in the history", key("history-up", "shows it"), key("interrupt", "again quits")
)
QUIT_RUNNING = _said(
    "answer not finished, kept hunks are not on disk", key("delete-or-quit", "again quits")
)
QUIT_MID_RUN = _said(
    "answer not finished, kept hunks are not on disk", key("interrupt", "again quits")
)
DROPPED = _said("dropped", key("undo", "takes it back"))
KEPT = "kept, written at the end"
TOO_SMALL = "60x16 is the smallest · work goes on"
ASK_WHOLE_AGAIN = key("send", "asks again", review="again asks again")
CUT_OFF = _said("the answer broke off, nothing written", ASK_WHOLE_AGAIN, error=True)
UNBORN = "no commits yet: edits and undo work"
LOOKING = "looking for the code"
NO_CONTEXT = "no context yet: found as you type, or named with @"
SAME_IN_REST = "do the same in the rest:"
DRAFT_BACK = "your draft of last time is back in the prompt"
ALONG = key("queue", "shows and changes what goes along")
NOT_YET = _said("no hunk yet", "keys act as soon as one is shown", key("type", "types"))
NOTHING_STICKS = "nothing goes along from before"
NOTHING_OPEN = "nothing waits for a decision"
OPEN_FIRST = _said(
    "these places are one", key("unfold", "opens them"), key("edit", "edits one", joint=", ")
)
FITS_ALREADY = _said("this hunk has a place", key("comment", "comments on it"))
NO_HISTORY = "no instruction to repeat yet"
MERGE = "merge by hand"
QUIT_AGAIN = _said("", key("interrupt", "again quits"))
NOTHING_TO_REVIEW = _said("nothing to review yet", key("send", "sends what you typed"))
NOT_A_KEY = _said("not a key of the review", key("help", "shows those that are"))
UNKNOWN_KEY = _said("not a key after", key("strip", joint=" "), key("palette", "lists everything"))
NOT_COMMITTED = _said("not committed, nothing changed", key("commit", "tries again"))
NO_TURN_YET = "no turn yet · each one leaves a trace"
NO_TRACE = "no trace of this turn · keep = 200 under [traces] in config.toml writes them"
NOT_TYPING = _said(
    "",
    key("say", "says what to change here"),
    key("to-prompt", "types"),
    key("select-lines", "selects"),
)
BOX_KEYS = _said("", key("send", "send"), key("escape"))
NOTHING_TO_FIND = _said("nothing to look for yet", key("find-in-file", "finds"))
NO_EDITOR = "no editor is set · set EDITOR"
NO_SHELL = "no shell here · use one beside this"
SHELL_BUSY = _said("a command still runs", key("escape", "stops it"))
NO_COMMAND_YET = "no command to run again"
SHELL_LOCAL = "runs in your shell · its output stays here"
NOTHING_TO_ATTACH = "no command was run yet · !command runs one"
VIM_NORMAL = _said("normal mode", "i types", key("send", "sends"))
NOTHING_RUNS = _said("nothing runs that it could wait for", key("send", "sends it"))
NOT_QUEUED = _said("a !command is not queued", key("send", "runs it now"))
WANTS_TO_LOOK = "wants to look"
LOOKS_ANSWER = Message("", (key("keep", "show it"), key("drop", "no", joint="   ")))
LOOKS_LEAD = Message("", (key("switch", "answers"),))
OVERLAY_CLOSES = key("latency", "closes")
OVERLAY_KEYS = _said("", OVERLAY_CLOSES, key("trace", "names the trace"))
THINKING = "thinking"
THOUGHT = "thought"
NEWEST_ONLY = "last turn"
NO_COMMENT = "no comment in a file asks for an edit"
COMMENT_QUEUED = _said("goes when this edit is decided", key("history-up", "takes it back"))
CHECKS_STOPPED = "checks stopped"
NO_COMMIT = "no commit was made · Enter goes back"
"""Outside the screen, below what git or a hook said."""
NO_CHECK_HERE = 'this project declares no check · in config.toml: [[checks]] run = "COMMAND"'
NO_CHECK_OUTPUT = "no check has run in a green loop yet"
NO_CHECK = "no check has failed since it was set up: one runs after each apply"
RACE_ARMED = _said("the next instruction goes to two endpoints", key("race", "takes that back"))
RACE_TAKEN_BACK = "no race: the next instruction goes to one endpoint"
NO_RACE = _said("no race is on", key("race", "races the next instruction"))
NO_RACE_HERE = "one edit, one endpoint · races are for a session"
TWIN_DROPPED = _said("its twin is dropped", key("undo", "takes both back"))
NO_ROOM_FOR_TWO = _said("side by side needs 72 columns", key("side-by-side", "there"))


def mode(bits: int) -> str:
    """What a change of a file's mode does."""
    return "makes it executable" if bits & 0o111 else "makes it not executable"


def differs_in(rows: Sequence[Row]) -> str:
    """What changes in a hunk's rows without being seen, "" for nothing."""
    changed = [row for row in rows if row.tag != " "]
    kinds = tuple(dict.fromkeys(kind for row in changed for kind in row.unseen))
    if not kinds:
        return ""
    *most, last = kinds
    said = f"{', '.join(most)} and {last}" if most else last
    return f"differs {'only' if all(row.unseen for row in changed) else 'also'} in {said}"


def alike(characters: int) -> str:
    """What stands for the part of a long line that is the same on both sides."""
    return f"⋯ {characters:,} characters unchanged"


def ms(ns: int) -> str:
    """A duration as people read it: `9 ms`, `1.2 s`; under half a millisecond `0.3 ms`."""
    if ns < 500_000:
        return f"{ns / 1e6:.1f} ms"
    if ns < 999_500_000:
        return f"{ns / 1e6:.0f} ms"
    return f"{ns / 1e9:.1f} s"


def traced(place: str, width: int) -> str:
    """Where the newest turn's latency trace is; in `width` cells rather the place than the rest."""
    said = f"trace: {place} · spark-tui replay last"
    return said if len(said) <= width else f"trace: {place}"


def replaying(*, text: bool) -> str:
    """What the prompt says in a replay; `text` is recorded only where that was wished."""
    said = "a replay: nothing is asked"
    return said if text else f"{said} · its text was not recorded: · is a character"


def git_slow(seconds: float) -> Message:
    """The instruction is not sent yet: git has not listed the files."""
    return _said(f"git is slow, {seconds:.0f} s", key("escape", "stops"))


def reading_slow(seconds: float) -> Message:
    """The instruction is not sent yet: what goes along is being read."""
    told = f"not sent yet, reading its files, {seconds:.0f} s"
    return _said(told, key("escape", "takes it back"))


def waiting(seconds: float) -> Message:
    """Nothing has come yet."""
    return _said(f"waiting {seconds:.1f} s for the first token", key("escape", "stops"))


def stalled(seconds: float, finished: int) -> Message:
    """The stream went silent."""
    keeps = f"keeps the {_hunks(finished, 'finished ')}" if finished else "stops"
    return _said(f"no token for {seconds:.1f} s", key("escape", keeps))


def applied(took_ns: int, entry: int) -> str:
    """One hunk is on disk."""
    return f"applied in {ms(took_ns)} · #{entry}"


def applied_all(hunks: int, files: int, took_ns: int, entry: int) -> Message:
    """Several hunks are on disk as one entry."""
    return _said(
        f"applied {_hunks(hunks)} in {files} file{'s' * (files != 1)} in {ms(took_ns)}",
        f"#{entry}",
        key("undo", f"takes {'all' if hunks != 2 else 'both'} back"),
    )


def undone(entry: int, took_ns: int) -> str:
    """An entry was taken back exactly."""
    return f"#{entry} undone in {ms(took_ns)}"


def several_undone(entries: Sequence[int], took_ns: int, stays: str | None) -> Message:
    """Several entries were taken back at once."""
    how = f" in {ms(took_ns)}" if stays is None else f", {writers.stays(stays)}"
    return _said(f"{several(entries)} undone{how}", key("redo", "redoes them"))


def hunk_undone(entry: int, hunks: Sequence[int], took_ns: int, stays: str | None) -> Message:
    """Some hunks of an entry were taken back."""
    how = f" in {ms(took_ns)}" if stays is None else f", {writers.stays(stays)}"
    return _said(f"{hunks_of(hunks)} of #{entry} undone{how}", key("redo", "redoes it"))


def hunks_of(numbers: Sequence[int]) -> str:
    """`hunk 2`, `hunks 2, 3`."""
    return f"hunk{'s' * (len(numbers) != 1)} {', '.join(map(str, numbers))}"


def committed(commit: str, files: int) -> str:
    """A commit was made."""
    return f"committed {commit} · {files} file{'s' * (files != 1)}"


def merged(entry: int, stays: str) -> str:
    """An entry was taken back by a merge; `stays` wrote what is left (see `writers`)."""
    return f"#{entry} undone, {writers.stays(stays)}"


def repairing(event: Repairing) -> Message:
    """The one automatic repair round begins or has ended."""
    which = hunks_of(event.numbers)
    match event.step:
        case RepairStage.ASKING:
            told = f"asking again for {which}, once"
            count = min(event.places, 9)
            ways = (key("place", "or", count=count), key("drop", "cancels", joint=" "))
            return _said(told, f"+{event.tokens:,} tokens", *(ways if count else ways[1:]))
        case RepairStage.PLACED:
            return _said(f"asked again for {which}", f"+{event.tokens:,} tokens")
        case RepairStage.UNFIT:
            return _said("still does not fit", key("edit", "by hand"), key("drop", "drops"))
        case RepairStage.BROKEN:
            return _said(
                "the second try broke off", key("ask-again", "asks again"), key("drop", "drops")
            )


WHOLE_FILE = "it is the whole file"
"""The one place of a text that may be a part of its file."""


def keep_refused(hunk: int, places: int) -> Message:
    """Keeping a hunk that has no place."""
    ways = (key("place", "place it", count=min(places, 9)),) if places else ()
    return _said(f"hunk {hunk} has no place yet", *ways, key("ask-again", "asks again"))


def keep_excerpt(hunk: int) -> Message:
    """Keeping a text that may be a part of its file."""
    return _said(
        f"hunk {hunk} may be a part of the file",
        key("place", WHOLE_FILE),
        key("ask-again", "asks again"),
    )


def protected(count: int) -> Message:
    """Hunks that no key for several takes."""
    stay = "stays" if count == 1 else "stay"
    return _said(f"{_hunks(count)} in protected files {stay}", key("keep", "keeps one"))


def merged_by_hand(hunk: int) -> Message:
    """The person merged a hunk that had no place."""
    return _said(f"hunk {hunk} is merged", key("keep", "keeps it"))


def edited(hunk: int) -> Message:
    """The person rewrote a hunk."""
    return _said(f"hunk {hunk} is what you wrote", key("keep", "keeps it"))


def offer_conflict(entries: Sequence[int]) -> Key:
    """What Enter does about an entry that could not be taken back."""
    return key("send", f"takes back {several(entries)}" if entries else "shows both")


def already_there(hunk: int) -> Message:
    """Keeping a hunk whose edit is in the file already."""
    return _said(f"hunk {hunk} is in the file already", "nothing to decide")


def builds_on(number: int, *, dropped: bool) -> Message:
    """Keeping a hunk that can't be without another one."""
    if dropped:
        return _said(f"it builds on hunk {number}, which is dropped", key("drop", "drops it too"))
    return _said(f"it builds on hunk {number}, shown now", key("keep", "keeps that one first"))


def keep_writing(hunk: int) -> Message:
    """A decision key on a hunk that still arrives."""
    return _said(f"hunk {hunk} is still being written", key("keep-all", "keeps what has arrived"))


def decided_already(hunk: int) -> Message:
    """A decision key on a hunk that is decided."""
    return _said(f"hunk {hunk} is decided", key("undo", "takes the last decision back"))


STATES = {"open": "open", "kept": "kept", "applied": "applied", "dropped": "dropped"}
"""What a state is called where hunks in it are counted."""


def places(count: int, hunks: int, files: int, *, more: bool) -> str:
    """How much hunks change that all make the same replacement; `more` of them may come."""
    told = f"{count} places" if hunks == count else f"{count} places, {hunks} hunks,"
    return f"{told} in {files} file{'s' * (files != 1)}{'…' * more}"


def decided_together(hunks: int) -> Message:
    """A decision key on a group that is decided."""
    return _said(f"these {_hunks(hunks)} are decided", key("undo", "takes the last decision back"))


def stale(line: int | None, by: str = writers.YOU) -> Message:
    """`by` (see `core.edits.writers`) changed the file under a hunk."""
    said = writers.changed(by, f"line {line}" if line else "these lines")
    return _said(said, key("ask-again", f"asks{on_whose_text(by)}"), key("drop", "drops"))


def on_whose_text(by: str) -> str:
    """What asking again for a stale hunk takes for the file's text; `by` wrote that."""
    return " on your text" if by == writers.YOU else " on the new text"


def looked(look: LookResult) -> list[tuple[str, str]]:
    """Rows about one look: what may be cut, and its end."""
    took = f" · {ms(look.took_ns)}" if look.took_ns else ""
    rows = [(f"{look.done}  {look.what}", f" · {look.outcome}{took}")]
    return rows + [(f"not shown to the model: {path}", "") for path in look.withheld]


def wants(looks: Sequence[str]) -> str:
    """What the model wants to look at, where that is asked about."""
    more = f" and {len(looks) - 1} more" if len(looks) > 1 else ""
    return f"wants to read {looks[0] if looks else 'something'}{more}"


def rounds(number: int) -> str:
    """How often the model has looked in this turn."""
    return f"looks {number} of {ROUNDS}"


def hunks_stay(count: int) -> str:
    """An instruction took a running answer's place."""
    return f"{_hunks(count, 'finished ')} stay{'s' * (count == 1)}"


def sends_in(why: str, seconds: float) -> Message:
    """The request waits to be sent again."""
    return _said(
        f"{why.rstrip(' .')}, sends in {seconds:.0f} s",
        key("escape", "cancels"),
        key("endpoint", "another"),
    )


def stopped(took_ns: int, finished: int, gone: int) -> str:
    """Esc ended the answer."""
    left = f"{_hunks(finished)} finished" if finished else "no hunk was finished"
    lost = f", the {_ordinal(finished + 1)} is gone" if gone == 1 else ""
    lost = f", {gone} are gone" if gone > 1 else lost
    return f"stopped in {ms(took_ns)} · {left}{lost}"


def branch(name: str, placed: int, stale_count: int) -> str:
    """The branch was switched outside."""
    if not placed and not stale_count:
        return f"branch is now {name}"
    return f"branch is now {name} · {_hunks(placed)} placed again, {stale_count} stale"


def comment_hint(path: str, line: int) -> Key:
    """What an empty prompt sends while a comment is offered."""
    return key("send", f"runs AI! {path}:{line}")


def comment_trigger(path: str, line: int, text: str) -> Message:
    """An `AI!` comment was saved."""
    runs = key("send", "on an empty prompt runs it", review="run-comment runs it")
    return _said(f'AI! {path}:{line} "{text}"', runs)


def copied(lines: int, *, confirmed: bool = False) -> str:
    """Text went to the clipboard, as far as is known."""
    what = f"copied {lines} line{'s' * (lines != 1)}"
    return what if confirmed else f"{what}, the terminal did not confirm it"


def shell_runs(line: str, took_s: float | None) -> Message:
    """A `!` command runs, None for how long where digits rest."""
    if took_s is None:
        return _said(f"! {line}", key("escape", "stops it", joint="   "))
    return _said(f"! {line}   {took_s:.1f} s", key("escape", "stops it"))


def shell_ended(status: int, *, stopped: bool) -> str:
    """How a `!` command ended."""
    return "stopped" if stopped else "ended" if status == 0 else f"exit {status}"


def shell_ran(line: str, ending: str, took_s: float) -> str:
    """A `!` command ended, above what it printed."""
    return f"! {line}   {ending} after {took_s:.1f} s"


def shell_done(ending: str, lines: int, *, failed: bool) -> Message:
    """A `!` command ended: what can be done with what it printed."""
    what = f"{lines:,} line{'s' * (lines != 1)}" if lines else "no output"
    if not lines:
        return _said(f"{ending}, {what}", error=failed)
    does = "puts it into the prompt, to be fixed" if failed else "attaches it"
    return _said(f"{ending}, {what}, sent nowhere", key("attach", does), error=failed)


def cleared(still_open: int) -> Message:
    """The screen is empty, and what follows takes nothing from before."""
    if still_open:
        many = f"{still_open} hunk{'s' * (still_open != 1)}"
        return _said(f"cleared, {many} still open above", key("queue", "reviews"))
    return _said("cleared: nothing of before goes along", key("page-up", "shows it"))


def not_copied(lines: int) -> Message:
    """Text is too long for the terminal, and nothing else takes it."""
    return _said(
        f"{lines:,} lines are too many for the terminal's clipboard", key("open", "opens the file")
    )


def theme_for_now(name: str) -> str:
    """A theme was chosen from the list."""
    return f'{name} until you quit · theme = "{name}" in config.toml keeps it'


def check_failed(tool: str, count: int, path: str) -> Message:
    """The user's check found something."""
    told = key("say-check", "sends it with your words")
    return _said(f"{tool} ✗ {count} in {path}", key("green", "fixes it"), told)


def guarded(why: str) -> str:
    """A hunk that nothing keeps by itself: what it does to the check."""
    return f"! {why}: only your key keeps it"


def check(result: CheckResult) -> str:
    """A check in the fewest words: `ruff ✓ 0.2 s`, `ruff ✗ 2`."""
    if result.ok:
        return f"{result.name} ✓ {result.took_ns / 1e9:.1f} s"
    return f"{result.name} ✗ {result.count}"


def checks(results: Sequence[CheckResult], running: Sequence[str]) -> str:
    """All checks of the last apply in one line; `…` behind those that still run."""
    return " · ".join([*map(check, results), *(f"{name} …" for name in running)])


def race_budget(names: tuple[str, str], tokens: int, cost: float | None) -> str:
    """What a race sends, before it is sent; `cost` is of both inputs, US dollars."""
    told = f"race: {names[0]} against {names[1]} · 2 requests"
    if tokens:
        told += f", ~2 × {short(tokens)} in"
    return told if cost is None else f"{told}, ~${cost:.4f} and the answers"


def race_simulated(name: str) -> str:
    """A side of a race that is simulated, however it is named."""
    return name if name == "simulated" else f"{name} (simulated)"


def twins_gone(count: int) -> str:
    """Hunks of one side that were dropped because their twins were kept."""
    return "1 twin dropped" if count == 1 else f"{count} twins dropped"


def context(
    items: Sequence[ContextItem],
    size: str,
    endpoint: str,
    again: Collection[str] = (),
    turns: int = 0,
) -> str:
    """What would be sent, and where to: files of `again` only because they were before, and notes
    of so many decided `turns`.
    """
    plain = _listed([item for item in items if item.path not in again])
    stuck = _listed([item for item in items if item.path in again])
    before = _before(stuck, turns)
    named = " ".join(filter(None, (plain, before)))
    return " · ".join(filter(None, (named, size, f"to {endpoint}")))


def _before(stuck: str, turns: int) -> str:
    notes = f"{turns} turn{'s' * (turns != 1)}" if turns else ""
    before = " + ".join(filter(None, (notes, stuck)))
    return f"again: {before}" if before else ""


QUOTED = 28
"""Characters of an instruction that are quoted where it is remembered."""


def nothing_found(may_look: bool) -> str:
    """Nothing goes along with what is typed."""
    return "nothing found for these words · @ names a file" + " · the model may look" * may_look


def too_large(tokens: int, window: int, largest: ContextItem, *, busy: bool) -> Message:
    """More than the model reads at once, and what would help; while it is `busy` Tab queues."""
    removes = f"then x removes {place(largest).lstrip('@')} ({short(largest.tokens)})"
    return _said(
        f"{against(tokens, window)}, not sent",
        key("along" if busy else "queue", removes),
        error=True,
    )


def remembered(turns: Sequence[int], tokens: int, session: Sequence[Turn]) -> str:
    """Decided turns whose notes go along: `turn 3 "cap it at 8 s" and its diff · 0.6k`."""
    known = [turn for turn in session if turn.id in turns]
    if not known:
        return ""
    size = f" · {short(tokens)}" if tokens else ""
    if len(known) > 1:
        return f"{len(known)} turns{size}"
    turn = known[0]
    said = safe(" ".join(turn.text.split()))
    said = said if len(said) <= QUOTED else f"{said[: QUOTED - 1]}…"
    applied = any(hunk.state is HunkState.APPLIED for hunk in turn.hunks)
    return f'turn {turn.id} "{said}"{" and its diff" * applied}{size}'


def place(item: ContextItem) -> str:
    """A part of what goes along: as a person names it, a guess without the mark of a mention."""
    return file_lines(item.path, item.lines) if item.guess else safe(written(item.path, item.lines))


def file_lines(path: str, lines: tuple[int, int] | None) -> str:
    """Lines of a file, or a whole one."""
    if lines is None:
        return f"{safe(path)} whole"
    return f"{safe(path)}:{lines[0]}-{lines[1]}"


def _listed(items: Sequence[ContextItem]) -> str:
    names = list(dict.fromkeys(written(item.path, item.lines) for item in items))
    return " ".join(names) if len(names) <= 3 else f"{len(names)} files"


def unusual(tokens: int, window: int) -> Message:
    """Far more than the session's requests usually come to."""
    return _said(against(tokens, window), key("send", "again sends it"), error=True)


def over(limit: Over) -> Message:
    """A turn that would pass a spend limit."""
    most = dollars(limit.limit)
    if limit.span == "turn":
        said = f"this turn comes to about {dollars(limit.dollars)}, more than {most} a turn"
    else:
        said = (
            f"today comes to about {dollars(limit.dollars)} with this turn, more than {most} a day"
        )
    return _said(said, key("send", "again sends it"), error=True)


def let_go(paths: Sequence[str], turns: int = 0) -> str:
    """Files and notes of turns that went along because of what was before do so no more."""
    files = written(paths[0]) if len(paths) == 1 else f"{len(paths)} files" if paths else ""
    what = " and ".join(filter(None, (f"{turns} turn{'s' * (turns != 1)}" if turns else "", files)))
    return f"let go of {what} · @ names a file"


def span_context(
    lines: int, around: int, others: Sequence[ContextItem], size: str, endpoint: str
) -> str:
    """What would be sent for selected lines, and where to."""
    names = "".join(f" + {written(item.path, item.lines)}" for item in others)
    what = f"{lines} line{'s' * (lines != 1)} + {around} around{names}"
    return f"{what} · {size} · to {endpoint}"


NOTHING_DECIDED = "no edit, nothing written"
ALL_DROPPED = "dropped, nothing written"


def left_open(count: int) -> str:
    """An edit was left before all was decided."""
    return f"{_hunks(count)} left open, not written · spark-tui resume"


def parting(count: int, files: Sequence[str], entry: int) -> str:
    """What an edit that closed itself leaves in the scrollback."""
    where = files[0] if len(files) == 1 else f"{len(files)} files"
    return f"applied {_hunks(count)} in {where} · #{entry} · take back: spark-tui undo {entry}"


def not_in_file(text: str) -> Message:
    """A search found nothing."""
    return _said(f'"{text}" is not in this file', key("find-in-file", "finds another"))


def no_preset(count: int) -> str:
    """A digit without a preset."""
    known = f"1 to {count} are presets" if count > 1 else "there is 1 preset" if count else "none"
    return f"{known} · [presets] in config.toml sets more"


def queued(more: int, *, held: bool = False) -> tuple[str, Message]:
    """The two words round a queued instruction: its label and what happens to it.

    A `held` one stays: the answer before it was stopped, failed or broke off.
    """
    label = "next" if not more else f"next +{more}"
    back = key("history-up", "takes it back")
    if held:
        return label, _said("", key("send", "on an empty prompt sends it"), back)
    return label, _said("goes when this edit is decided", back)


def _hunks(count: int, which: str = "") -> str:
    return f"{count} {which}hunk{'s' * (count != 1)}"


def _ordinal(number: int) -> str:
    names = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
    return names[number - 1] if 0 < number <= len(names) else f"{number}th"


def mouse(*, on: bool) -> Message:
    """The mouse was given to the program, or to the terminal."""
    if on:
        return _said("mouse is on")
    return _said("mouse is off: the terminal selects", key("mouse", "turns it on"))


def scope(*, newest_only: bool) -> Message:
    """What the review is of was switched."""
    what = "the last turn" if newest_only else "the whole session"
    return _said(f"review: {what}", key("scope", "switches"))


def layout(*, split: bool) -> Message:
    """How changes are laid out was switched."""
    return _said("side by side" if split else "unified", key("side-by-side", "switches"))


CLEAR_LATER = _said("an answer still comes", key("escape", "stops it"))
HELP_NOTE = "a letter begins a sentence with ?"
PASTE_CUT = "more than 4 MB was pasted, the rest is left out · name a file with @"
KEY_ELSEWHERE = _said(
    "that looks like a key, so it is not pasted here", key("endpoint", "takes it")
)
SETUP_RUNS = "… testing, Esc stops"
SETUP_STOPPED = "stopped, nothing is saved · Enter tests again"
SETUP_FAILED = "nothing is saved · correct it, Enter tests again"
SETUP_DONE = "in use from the next instruction on · Enter closes"
UNTRIED = "Enter tries it"


def needs(need: str) -> str:
    """What an endpoint lacks: "key" or "address"."""
    return f"needs {'an' if need[:1] in 'aeiou' else 'a'} {need}"


def setup_promise(origin: str, *, unencrypted: bool) -> str:
    """Where a key goes, before anything is sent; `origin` is "" while there is no address."""
    where = f"goes only to {origin or 'that address'}{', unencrypted' * unencrypted}"
    return f"{where} · Enter tests it with one 16-token request and saves it if that works."


def setup_fixed(name: str) -> str:
    """Where the rest of an endpoint is changed that config.toml describes."""
    return f"address and model: base_url and model of [endpoints.{name}], config.toml"


def setup_saved(place: str) -> str:
    """An endpoint works and is kept at `place`."""
    if place.startswith("in the keyring"):
        return f"saved {place}"
    return f"saved, readable by you only: {place}"


def welcome(
    keymap: Keymap,
    *,
    simulated: bool,
    missing: str = "",
    others: bool = False,
    named: str = "",
) -> tuple[str, ...]:
    """The body before the first instruction; `named` is a simulated endpoint that is not ours."""

    def does(command: str, deed: str) -> str:
        return key(command, deed).text(Where.PROMPT, keymap)

    lines = (
        "Point at code, say what to change, keep what you like.",
        "",
        "",
        "try     add a docstring to the first function in @file",
        f"point   @file   @file:10-40   {does('find-file', 'finds a file and selects lines')}",
        f"keys    {does('send', 'sends')}   {does('queue', 'reviews')}   ? all   "
        f"{does('undo', 'takes back, byte for byte')}",
    )
    if missing:
        return (*lines, "", f"{missing}: {does('endpoint', 'sets it')}. Nothing is sent before.")
    if not simulated:
        return lines
    if named:
        return (
            *lines,
            "",
            f"The endpoint {named} is simulated: it can rename, replace, add docstrings.",
            f"{does('endpoint', 'chooses another one')}.",
        )
    if others:
        return (
            *lines,
            "",
            "The endpoint is simulated: it can rename, replace, add docstrings.",
            f"Nothing leaves this machine. {does('endpoint', 'chooses a real one')}.",
        )
    return (
        *lines,
        "",
        "No key is set, so the endpoint is simulated: it can rename, replace, add docstrings.",
        f"Nothing leaves this machine. {does('endpoint', 'sets up a real one')}.",
    )


# ------------------------------------------------------------------- a review of anyone's changes

IN_A_REVIEW = Message("in a review of changes only", (key("changes", "opens one"),))
CHANGED_SINCE_SEEN = "changed since you saw it"
ONLY_BLANKS = "only blanks differ"
NOTHING_CHANGED = "nothing differs"
READING_TREE = "reading what differs"
REMARK = "remark"
NO_HUNK = "no hunk here"
DISCARDING = "discarding"
ONE_CHANGE = Message("this hunk is one change", (key("open", "opens it"),))
NOTHING_DONE = "nothing to take back"
NO_REMARKS = Message("no remarks yet", (key("remark", "makes one"),))
NO_SENDING = Message("no session to send to here", (key("copy-remarks", "copies them"),))
NO_FILE_TO_OPEN = "there is no file of it here"
BLANKS_FOLDED = "hunks that change only blanks are folded"
BLANKS_SHOWN = "every hunk is unfolded"


def review_title(scope: str, seen: int, hunks: int) -> str:
    """The header of a review."""
    return f"review · {scope} · {seen:,} of {hunks:,} seen"


def files_left(read: int, files: int) -> str:
    """How far a tree is read."""
    return f"{read:,} of {files:,} files read"


def file_hunks(hunks: int, seen: int) -> str:
    """How much a file is."""
    said = f"{hunks} hunk{'s' * (hunks != 1)}"
    return f"{said} · {seen} seen" if seen else said


def discarded(entry: int) -> str:
    """A hunk that is gone from the tree."""
    return f"discarded #{entry}"


def discarded_now(entry: int) -> Message:
    """The same, with the way back."""
    return Message(f"discarded #{entry}", (key("undo", "takes it back"),))


def discarded_count(hunks: int, entry: int) -> str:
    """How many are gone, and the last entry."""
    return f"{hunks} discarded #{entry}"


def came_at(time: str) -> str:
    """When a hunk came."""
    return f"new at {time}"


def moved_lines(lines: int, place: str, *, gone: bool) -> str:
    """Lines that are the same elsewhere."""
    return f"{lines} lines moved {'to' if gone else 'from'} {place}"


def not_shown(lines: int) -> str:
    """A hunk that is longer than what is shown of it."""
    return f"{lines:,} more lines, not shown"


def not_discarded(why: str) -> str:
    """A hunk that stays as it is."""
    return f"not discarded: {why}"


def back_again(entry: int) -> str:
    """A mark, or a discarded hunk, was taken back."""
    return f"#{entry} undone" if entry else "not seen again"


def marked_so_far(hunks: int) -> Message:
    """Many were marked as seen at once, and more are to come."""
    said = f"{hunks:,} hunk{'s' * (hunks != 1)} seen, the rest is still being read"
    return Message(said, (key("undo", "takes that back"),))


def remarks_offer(remarks: int, *, can_send: bool) -> Message:
    """What becomes of remarks."""
    ways = (key("send-remarks", "sends them"),) if can_send else ()
    said = f"{remarks} remark{'s' * (remarks != 1)}"
    return Message(said, (*ways, key("copy-remarks", "copies them")))


def unsent(remarks: int, *, can_send: bool) -> Message:
    """Before remarks are lost."""
    offer = remarks_offer(remarks, can_send=can_send)
    return Message(offer.what, (*offer.ways, key("close-review", "again forgets them")))


def reviewed(seen: int, gone: str) -> str:
    """Every hunk was seen."""
    return ", ".join(part for part in (f"{seen:,} seen", gone) if part)
