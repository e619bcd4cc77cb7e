"""Every message in one place: what, then the way out. One line each."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from spark_tui.core.checks import CheckResult
from spark_tui.core.context import written
from spark_tui.core.cost.pricing import dollars
from spark_tui.core.cost.spending import Over
from spark_tui.core.edits import writers
from spark_tui.core.edits.model import Row
from spark_tui.core.events import ContextItem
from spark_tui.core.journal import several
from spark_tui.core.sizing import against
from spark_tui.core.tokens import short

OFFER_CONFLICT = "Enter shows both"
OFFER_CUT = "Enter asks again"
OFFER_QUEUED = "Enter sends the next one"
TYPING = "typing? Enter types"
QUIT_TWICE = "Ctrl+C twice quits"
NOT_SEEN = "shown now · press again"
IDLE_INTERRUPT = "draft is in the history (Up) · Ctrl+C again quits"
QUIT_RUNNING = "answer not finished, kept hunks are not on disk · Ctrl+D again quits"
QUIT_MID_RUN = "answer not finished, kept hunks are not on disk · Ctrl+C again quits"
DROPPED = "dropped · u takes it back"
KEPT = "kept, written at the end"
TOO_SMALL = "60x16 is the smallest · work goes on"
CUT_OFF = "the answer broke off, nothing written · Enter asks again"
UNBORN = "no commits yet: edits and undo work"
NO_CONTEXT = "no context yet: name a file with @"
NOT_YET = "no hunk yet · keys act as soon as one is shown · Enter types"
NOTHING_STICKS = "nothing goes along from before"
NOTHING_OPEN = "nothing waits for a decision"
OPEN_FIRST = "x opens these places · then e edits one"
FITS_ALREADY = "this hunk has a place · c comments on it"
NO_HISTORY = "no instruction to repeat yet"
QUIT_AGAIN = "Ctrl+C again quits"
NOTHING_TO_REVIEW = "nothing to review yet · Enter sends what you typed"
UNKNOWN_KEY = "not a key after Ctrl+X · Ctrl+P lists everything"
NOT_COMMITTED = "not committed, nothing changed · Ctrl+X c tries again"
NO_TURN_YET = "no turn yet · each one leaves a trace"
NO_TRACE = "no trace of this turn · keep = 200 under [traces] in config.toml writes them"
NOT_TYPING = "Enter says what to change here · Tab types · v selects"
BOX_KEYS = "Enter send · Esc"
NOTHING_TO_FIND = "nothing to look for yet · / finds"
NO_EDITOR = "no editor is set · set EDITOR"
NO_SHELL = "no shell here · use one beside this"
SHELL_BUSY = "a command still runs · Esc stops it"
NO_COMMAND_YET = "no command to run again"
SHELL_LOCAL = "runs in your shell · its output stays here"
NOTHING_TO_ATTACH = "no command was run yet · !command runs one"
VIM_NORMAL = "normal mode · i types · Enter sends"
NOTHING_RUNS = "Enter sends it · nothing runs that it could wait for"
NOT_QUEUED = "a !command is not queued · Enter runs it now"
THINKING = "thinking"
THOUGHT = "thought"
NEWEST_ONLY = "last turn"
NO_COMMENT = "no comment in a file asks for an edit"
COMMENT_QUEUED = "goes when this edit is decided · Up takes it back"
CHECKS_STOPPED = "checks stopped"
NO_CHECK = "no check has failed · config.toml: [[checks]]"
RACE_ARMED = "the next instruction goes to two endpoints · F4 takes that back"
RACE_TAKEN_BACK = "no race: the next instruction goes to one endpoint"
NO_RACE = "no race is on · F4 races the next instruction"
NO_RACE_HERE = "one edit, one endpoint · races are for a session"
TWIN_DROPPED = "its twin is dropped · u takes both back"
NO_ROOM_FOR_TWO = "side by side needs 72 columns · Ctrl+X v there"


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


def waiting(seconds: float) -> str:
    """Nothing has come yet."""
    return f"waiting {seconds:.1f} s for the first token · Esc stops"


def stalled(seconds: float, finished: int) -> str:
    """The stream went silent."""
    keeps = f"Esc keeps the {_hunks(finished, 'finished ')}" if finished else "Esc stops"
    return f"no token for {seconds:.1f} s · {keeps}"


def applied(took_ns: int, entry: int) -> str:
    """One hunk is on disk."""
    return f"applied in {ms(took_ns)} · #{entry}"


def applied_all(hunks: int, files: int, took_ns: int, entry: int) -> str:
    """Several hunks are on disk as one entry."""
    return (
        f"applied {_hunks(hunks)} in {files} file{'s' * (files != 1)} in {ms(took_ns)}"
        f" · #{entry} · u takes {'all' if hunks != 2 else 'both'} back"
    )


def undone(entry: int, took_ns: int) -> str:
    """An entry was taken back exactly."""
    return f"#{entry} undone in {ms(took_ns)}"


def several_undone(entries: Sequence[int], took_ns: int, *, merged: bool) -> str:
    """Several entries were taken back at once."""
    how = ", later edits stay" if merged else f" in {ms(took_ns)}"
    return f"{several(entries)} undone{how} · Ctrl+X r redoes them"


def hunk_undone(entry: int, hunks: Sequence[int], took_ns: int, *, merged: bool) -> str:
    """Some hunks of an entry were taken back."""
    how = ", your later edit stays" if merged else f" in {ms(took_ns)}"
    return f"{hunks_of(hunks)} of #{entry} undone{how} · Ctrl+X r redoes it"


def hunks_of(numbers: Sequence[int]) -> str:
    """`hunk 2`, `hunks 2, 3`."""
    return f"hunk{'s' * (len(numbers) != 1)} {', '.join(map(str, numbers))}"


def committed(commit: str, files: int) -> str:
    """A commit was made."""
    return f"committed {commit} · {files} file{'s' * (files != 1)}"


def merged(entry: int) -> str:
    """An entry was taken back by a merge."""
    return f"#{entry} undone, your later edit stays"


WHOLE_FILE = "it is the whole file"
"""The one place of a text that may be a part of its file."""


def keep_refused(hunk: int, places: int) -> str:
    """`y` on a hunk that has no place."""
    place = f"{_digits(places)} place it · " if places else ""
    return f"hunk {hunk} has no place yet · {place}r asks again"


def keep_excerpt(hunk: int) -> str:
    """`y` on a text that may be a part of its file."""
    return f"hunk {hunk} may be a part of the file · 1 {WHOLE_FILE} · r asks again"


def protected(count: int) -> str:
    """Hunks that no key for several takes."""
    return f"{_hunks(count)} in protected files {'stays' if count == 1 else 'stay'} · y keeps one"


def edited(hunk: int) -> str:
    """The person rewrote a hunk."""
    return f"hunk {hunk} is what you wrote · y keeps it"


def keep_writing(hunk: int) -> str:
    """A decision key on a hunk that still arrives."""
    return f"hunk {hunk} is still being written · A keeps what has arrived"


def decided_already(hunk: int) -> str:
    """A decision key on a hunk that is decided."""
    return f"hunk {hunk} is decided · u takes the last decision back"


STATES = {"open": "open", "kept": "kept", "applied": "applied", "dropped": "dropped"}
"""What a state is called where hunks in it are counted."""


def places(count: int, hunks: int, files: int, *, more: bool) -> str:
    """How much hunks change that all make the same replacement; `more` of them may come."""
    told = f"{count} places" if hunks == count else f"{count} places, {hunks} hunks,"
    return f"{told} in {files} file{'s' * (files != 1)}{'…' * more}"


def decided_together(hunks: int) -> str:
    """A decision key on a group that is decided."""
    return f"these {_hunks(hunks)} are decided · u takes the last decision back"


def stale(line: int | None, by: str = writers.YOU) -> str:
    """`by` (see `core.edits.writers`) changed the file under a hunk."""
    said = writers.changed(by, f"line {line}" if line else "these lines")
    asks = "r asks on your text" if by == writers.YOU else "r asks on the new text"
    return f"{said} · {asks} · n drops"


def hunks_stay(count: int) -> str:
    """An instruction took a running answer's place."""
    return f"{_hunks(count, 'finished ')} stay{'s' * (count == 1)}"


def sends_in(why: str, seconds: float) -> str:
    """The request waits to be sent again."""
    return f"{why.rstrip(' .')}, sends in {seconds:.0f} s · Esc cancels · F3 another"


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


def comment_hint(path: str, line: int) -> str:
    """What Enter does on an empty prompt while a comment is offered."""
    return f"Enter runs AI! {path}:{line}"


def comment_trigger(path: str, line: int, text: str) -> str:
    """An `AI!` comment was saved."""
    return f'AI! {path}:{line} "{text}" · Enter on an empty prompt runs it'


def copied(lines: int, *, confirmed: bool = False) -> str:
    """Text went to the clipboard, as far as is known."""
    what = f"copied {lines} line{'s' * (lines != 1)}"
    return what if confirmed else f"{what}, the terminal did not confirm it"


def shell_runs(line: str, took_s: float | None) -> str:
    """A `!` command runs, None for how long where digits rest."""
    so_far = f"{took_s:.1f} s · " if took_s is not None else ""
    return f"! {line}   {so_far}Esc stops it"


def shell_ended(status: int, *, stopped: bool) -> str:
    """How a `!` command ended."""
    return "stopped" if stopped else "ended" if status == 0 else f"exit {status}"


def shell_ran(line: str, ending: str, took_s: float) -> str:
    """A `!` command ended, above what it printed."""
    return f"! {line}   {ending} after {took_s:.1f} s"


def shell_done(ending: str, lines: int, *, failed: bool) -> str:
    """A `!` command ended: what can be done with what it printed."""
    what = f"{lines:,} line{'s' * (lines != 1)}" if lines else "no output"
    if not lines:
        return f"{ending}, {what}"
    way = "puts it into the prompt, to be fixed" if failed else "attaches it"
    return f"{ending}, {what}, sent nowhere · Ctrl+X ! {way}"


def cleared(still_open: int) -> str:
    """The screen is empty, and what follows takes nothing from before."""
    if still_open:
        many = f"{still_open} hunk{'s' * (still_open != 1)}"
        return f"cleared, {many} still open above · Tab reviews"
    return "cleared: nothing of before goes along · PgUp shows it"


def not_copied(lines: int) -> str:
    """Text is too long for the terminal, and nothing else takes it."""
    return f"{lines:,} lines are too many for the terminal's clipboard · o opens the file"


def theme_for_now(name: str) -> str:
    """A theme was chosen from the list."""
    return f'{name} until you quit · theme = "{name}" in config.toml keeps it'


def check_failed(tool: str, count: int, path: str) -> str:
    """The user's check found something."""
    return f"{tool} ✗ {count} in {path} · Ctrl+X k says it"


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
    items: Sequence[ContextItem], size: str, endpoint: str, again: Collection[str] = ()
) -> str:
    """What would be sent, and where to; files of `again` only because they were before."""
    plain = _listed([item for item in items if item.path not in again])
    stuck = _listed([item for item in items if item.path in again])
    named = " ".join(filter(None, (plain, f"again: {stuck}" if stuck else "")))
    return " · ".join(filter(None, (named, size, f"to {endpoint}")))


def _listed(items: Sequence[ContextItem]) -> str:
    names = list(dict.fromkeys(written(item.path, item.lines) for item in items))
    return " ".join(names) if len(names) <= 3 else f"{len(names)} files"


def unusual(tokens: int, window: int) -> str:
    """Far more than the session's requests usually come to."""
    return f"{against(tokens, window)} · Enter again sends it"


def over(limit: Over) -> str:
    """A turn that would pass a spend limit."""
    most = dollars(limit.limit)
    if limit.span == "turn":
        said = f"this turn comes to about {dollars(limit.dollars)}, more than {most} a turn"
    else:
        said = (
            f"today comes to about {dollars(limit.dollars)} with this turn, more than {most} a day"
        )
    return f"{said} · Enter again sends it"


def let_go(paths: Sequence[str]) -> str:
    """Files that went along because they did before do so no more."""
    what = written(paths[0]) if len(paths) == 1 else f"{len(paths)} files"
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


def not_in_file(text: str) -> str:
    """A search found nothing."""
    return f'"{text}" is not in this file · / finds another'


def no_preset(count: int) -> str:
    """A digit without a preset."""
    known = f"1 to {count} are presets" if count > 1 else "there is 1 preset" if count else "none"
    return f"{known} · [presets] in config.toml sets more"


def queued(more: int, *, held: bool = False) -> tuple[str, str]:
    """The two words round a queued instruction: its label and what happens to it.

    A `held` one stays: the answer before it was stopped, failed or broke off.
    """
    label = "next" if not more else f"next +{more}"
    when = "Enter on an empty prompt sends it" if held else "goes when this edit is decided"
    return label, f"{when} · Up takes it back"


def _digits(places: int) -> str:
    return " ".join(str(n + 1) for n in range(min(places, 9)))


def _hunks(count: int, which: str = "") -> str:
    return f"{count} {which}hunk{'s' * (count != 1)}"


def _ordinal(number: int) -> str:
    names = ("first", "second", "third", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth")
    return names[number - 1] if 0 < number <= len(names) else f"{number}th"


def mouse(*, on: bool) -> str:
    """F5 was pressed."""
    return "mouse is on" if on else "mouse is off: the terminal selects · F5 turns it on"


def scope(*, newest_only: bool) -> str:
    """Ctrl+X d was pressed."""
    return f"review: {'the last turn' if newest_only else 'the whole session'} · Ctrl+X d switches"


def layout(*, split: bool) -> str:
    """Ctrl+X v was pressed."""
    return f"{'side by side' if split else 'unified'} · Ctrl+X v switches"


CLEAR_LATER = "an answer still comes · Esc stops it"
HELP_NOTE = "a letter begins a sentence with ? · Esc closes"
PASTE_CUT = "more than 4 MB was pasted, the rest is left out · name a file with @"
KEY_ELSEWHERE = "that looks like a key, so it is not pasted here · F3 takes it"
SETUP_NOTE = "Esc closes"
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
    *, simulated: bool, missing: str = "", others: bool = False, named: str = ""
) -> tuple[str, ...]:
    """The body before the first instruction; `named` is a simulated endpoint that is not ours."""
    lines = (
        "Point at code, say what to change, keep what you like.",
        "",
        "",
        "try     add a docstring to the first function in @file",
        "point   @file   @file:10-40   Ctrl+X f finds a file and selects lines",
        "keys    Enter sends   Tab reviews   ? all   Ctrl+X u takes back, byte for byte",
    )
    if missing:
        return (*lines, "", f"{missing}: F3 sets it. Nothing is sent before.")
    if not simulated:
        return lines
    if named:
        return (
            *lines,
            "",
            f"The endpoint {named} is simulated: it can rename, replace, add docstrings.",
            "F3 chooses another one.",
        )
    if others:
        return (
            *lines,
            "",
            "The endpoint is simulated: it can rename, replace, add docstrings.",
            "Nothing leaves this machine. F3 chooses a real one.",
        )
    return (
        *lines,
        "",
        "No key is set, so the endpoint is simulated: it can rename, replace, add docstrings.",
        "Nothing leaves this machine. F3 sets up a real one.",
    )
