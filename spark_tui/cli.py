"""Arguments, and which command they mean. Imports nothing heavy: each command does that itself.

spark-tui [PATH]              the session in the worktree that holds PATH
spark-tui COMMAND …           see `spark-tui --help`
"""

from __future__ import annotations

import contextlib
import os
import signal
import sys
from collections.abc import Callable, Sequence

from spark_tui import __version__
from spark_tui.commands.output import abandon, err, flush, open_streams, out, page
from spark_tui.core.errors import SparkError, UsageError

HELP = """\
usage: spark-tui [PATH] [--endpoint NAME] [--mode ask|auto-apply|read-only] [--theme NAME]
                 [--vim] [--reduced-motion] [--plain]
       spark-tui COMMAND …

Point at code, say what to change, keep what you like.

  spark-tui [PATH]     the session in the git worktree that holds PATH (default: here)
  demo                 the same in a throw-away repository, against the simulated endpoint
  apply                apply a model's edit text (stdin) to the worktree; --index, --patch FILE,
                       --check, --from FILE, --format FORMAT, --json
  resume [N]           open the last session here again, with its open hunks
  sessions             the sessions kept for this worktree, newest first
  export [N]           a session as Markdown, or --patches DIR: what it applied, for git am
  edit [FILE[:A-B]] [-m TEXT]
                       one quick edit: hunks, y or n, done; without FILE you find one first.
                       --apply writes it without asking, --patch prints the diff; code on
                       stdin: a filter, code in, code out: --keep, --name NAME
  find -m TEXT [PATH]  what would go along with an instruction: lines, outlines, tokens; nothing is
                       sent. --budget N, --wait for the whole index, --json; -m - reads stdin
  review [PATH]        anyone's changes as hunks: what is seen stays seen, what must go is taken
                       out, undoable; --staged, --since REF, --between A B; --json, --drop ID,
                       --seen ID; `git diff | spark-tui review -` looks at a patch
  green [-- CMD…]      have a check made green: within a few attempts, what made it worse taken
                       back; --check NAME, -m TEXT, --attempts, --candidates, --seconds, --tokens,
                       --allow-tests, --trust, --json
  log [-p] [--json]    the edit journal
  undo [ID] [--hunk N] take back an entry (default: the newest), or one hunk of it; green:N: all
                       of a green loop; --to ID: every entry later than that at once; --through:
                       with later ones of its files; --dry-run
  redo [ID]            redo what an undo took back
  recover              finish or roll back what a crash interrupted
  trace list|show|diff|export
                       latency traces: every turn of a session leaves one
  replay [TRACE]       play a recorded turn, the last one: --speed 0.1
  stats                figures of the recorded turns by endpoint; -n N, --endpoint NAME, --json
  login                sign in with a ChatGPT plan instead of a key, for --endpoint chatgpt
  logout               forget that sign-in, and revoke it
  prove                are its edits right? small tasks with hidden tests, endpoints side by side
  bench                measure endpoints: --endpoint NAME (again for more), --sizes 512,2k,8k,
                       --requests N, --concurrency N, --goodput ttft:400, --save, --compare, --json
  sim                  the simulated endpoint alone, on loopback; `sim --help` for its flags
  doctor [ENDPOINT]    look at an endpoint step by step: name, connection, proxy, TLS, key, model,
                       first token, WebSocket, each with its time and a way out; --json
  trust [--no] [PATH]  let this .spark.toml, as it is now, name checks to run after an apply,
                       and AGENTS.md go along with instructions
  completion SHELL     what bash, zsh or fish completes, as a script for it
  keys                 what your terminal sends for a key, and what it does; --list
  where                where configuration, themes, traces and the journal live

  --endpoint NAME      spark, ultrafast, openai, chatgpt, cerebras, groq, openrouter, xai, azure,
                       nim, ollama, llama.cpp, vllm, sglang, tensorrt-llm, or one of config.toml;
                       `sim` is built in and always labelled simulated
  --plain              lines only, nothing is redrawn: for screen readers and dumb terminals
  --version, --help

An endpoint: set one up in a session's list of endpoints; or set OPENAI_API_KEY or
OPENAI_BASE_URL (and SPARK_TUI_MODEL), or name it in config.toml:

  [endpoints.fast]
  base_url = "https://api.example.com/v1"
  model = "some-model"
  key_variable = "EXAMPLE_API_KEY"

exit status: 0 done · 1 refused or failed, nothing written · 2 usage · 70 a fault of this program
"""


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit status, as HELP has it."""
    args = list(sys.argv[1:] if argv is None else argv)
    open_streams()
    try:
        status = _ended(args)
        flush()
    except BrokenPipeError:
        # The reader has gone, as in `| head`: what is still buffered is for nobody.
        abandon()
        return 128 + signal.SIGPIPE
    except UsageError as error:
        return _told(error, 2)
    except SparkError as error:
        return _told(error, 1)
    except KeyboardInterrupt:
        return 130
    except ImportError as error:
        return _incomplete(error)
    except FileNotFoundError as error:
        return _broke(error) if _stands() else _told(_no_folder(), 1)
    except Exception as error:  # noqa: BLE001 - a fault of ours ends in words, and a note of where
        return _broke(error)
    return status


def _ended(args: list[str]) -> int:
    """The status of a command, also of one that left the process, as `--help` does."""
    try:
        return _command(args)
    except SystemExit as left:
        return left.code if isinstance(left.code, int) else 0


def _told(error: SparkError, status: int) -> int:
    from spark_tui.ui.messages.remedies import shell_line, shell_lines

    with contextlib.suppress(BrokenPipeError, SparkError):
        flush()
    for line in shell_lines(error) if status == 1 else (shell_line(error),):
        err(f"spark-tui: {line}")
    return status


def _stands() -> bool:
    """Whether the folder we stand in is there."""
    try:
        os.getcwd()  # noqa: PTH109 - pathlib raises as well, and makes a path
    except FileNotFoundError:
        return False
    return True


def _no_folder() -> SparkError:
    from spark_tui.services.worktree.repo import no_folder

    return no_folder()


def _incomplete(error: ImportError) -> int:
    """A part is not there, or not for this Python: no fault of ours, and no traceback's matter."""
    from spark_tui.services.installation import REINSTALL

    err(f"spark-tui: {error.name or 'a part'} can't be loaded: {error} · {REINSTALL}")
    return 1


def _broke(error: Exception) -> int:
    """A fault of the program's own: which and where, never what it held."""
    from spark_tui.services.crashes import BROKE, crash_note
    from spark_tui.services.places import state_dir

    note = ""
    with contextlib.suppress(SparkError):
        note = crash_note(state_dir(), error)
    with contextlib.suppress(BrokenPipeError, SparkError):
        flush()
    where = f" · {note} says where" if note else ""
    err(f"spark-tui: this program broke ({type(error).__name__}){where}")
    err("spark-tui: what was written before is in: spark-tui log")
    return BROKE


def _command(args: list[str]) -> int:
    first = args[0] if args else ""
    if first == "--version":
        out(f"spark-tui {__version__}")
        return 0
    if first in ("--help", "-h", "help"):
        page(HELP)
        return 0
    if first in ("demo", "resume") and args[1:] in (["--help"], ["-h"]):
        page(HELP)
        return 0
    run = _COMMANDS.get(first)
    if run is not None:
        return run(args[1:])
    return _session(args)


def _session(args: list[str]) -> int:
    from spark_tui.commands.session import session

    return session(args)


def _demo(args: list[str]) -> int:
    from spark_tui.commands.session import demo

    return demo(args)


def _resume(args: list[str]) -> int:
    from spark_tui.commands.session import resume

    return resume(args)


def _sessions(args: list[str]) -> int:
    from spark_tui.commands.sessions import sessions

    return sessions(args)


def _export(args: list[str]) -> int:
    from spark_tui.commands.sessions import export

    return export(args)


def _apply(args: list[str]) -> int:
    from spark_tui.commands.apply import apply

    return apply(args)


def _edit(args: list[str]) -> int:
    from spark_tui.commands.edit import edit

    return edit(args)


def _find(args: list[str]) -> int:
    from spark_tui.commands.find import find

    return find(args)


def _review(args: list[str]) -> int:
    from spark_tui.commands.review import review

    return review(args)


def _green(args: list[str]) -> int:
    from spark_tui.commands.green import green

    return green(args)


def _log(args: list[str]) -> int:
    from spark_tui.commands.journal import log

    return log(args)


def _undo(args: list[str]) -> int:
    from spark_tui.commands.journal import undo

    return undo(args)


def _redo(args: list[str]) -> int:
    from spark_tui.commands.journal import redo

    return redo(args)


def _recover(args: list[str]) -> int:
    from spark_tui.commands.journal import recover

    return recover(args)


def _sim(args: list[str]) -> int:
    from spark_tui.simulator.__main__ import main as simulator

    return simulator(args)


def _doctor(args: list[str]) -> int:
    from spark_tui.commands.doctor import doctor

    return doctor(args)


def _trust(args: list[str]) -> int:
    from spark_tui.commands.trust import trust

    return trust(args)


def _bench(args: list[str]) -> int:
    from spark_tui.commands.bench import bench

    return bench(args)


def _login(args: list[str]) -> int:
    from spark_tui.commands.login import login

    return login(args)


def _logout(args: list[str]) -> int:
    from spark_tui.commands.login import logout

    return logout(args)


def _prove(args: list[str]) -> int:
    from spark_tui.commands.prove import prove

    return prove(args)


def _trace(args: list[str]) -> int:
    from spark_tui.commands.trace import trace

    return trace(args)


def _stats(args: list[str]) -> int:
    from spark_tui.commands.stats import stats

    return stats(args)


def _replay(args: list[str]) -> int:
    from spark_tui.commands.replay import replay

    return replay(args)


def _keys(args: list[str]) -> int:
    from spark_tui.commands.keys import keys

    return keys(args)


def _completion(args: list[str]) -> int:
    from spark_tui.commands.completion import completion

    return completion(args, _COMMANDS)


def _where(args: list[str]) -> int:
    from spark_tui.commands.where import where

    return where(args)


_COMMANDS: dict[str, Callable[[list[str]], int]] = {
    "demo": _demo,
    "resume": _resume,
    "sessions": _sessions,
    "export": _export,
    "apply": _apply,
    "edit": _edit,
    "find": _find,
    "review": _review,
    "green": _green,
    "log": _log,
    "undo": _undo,
    "redo": _redo,
    "recover": _recover,
    "bench": _bench,
    "prove": _prove,
    "login": _login,
    "logout": _logout,
    "trace": _trace,
    "replay": _replay,
    "stats": _stats,
    "sim": _sim,
    "doctor": _doctor,
    "trust": _trust,
    "completion": _completion,
    "keys": _keys,
    "where": _where,
}
