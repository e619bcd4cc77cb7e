"""Every way from outside text to the terminal of a shell: one function for each, run in process."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from spark_tui import cli
from spark_tui.core.context import ContextItem
from spark_tui.core.edits.model import Change
from spark_tui.core.edits.text import image_of
from spark_tui.core.events import EndpointLabel
from spark_tui.core.journal import EntryNote
from spark_tui.core.saved_session import kept_turn, turn_key
from spark_tui.core.session import Turn
from spark_tui.services import places
from spark_tui.services.worktree import open_worktree

SOURCE = "def add(a, b):\n    return a + b\n"


class Shell:
    """A repository, a state folder and a home of its own; commands run in it, as on a terminal."""

    def __init__(self, base: Path) -> None:
        self.base = base
        self.root = base / "code"
        self.config = base / "config" / "spark-tui"
        self.root.mkdir(parents=True)
        self.config.mkdir(parents=True)
        git = ["git", "-c", "user.name=t", "-c", "user.email=t@localhost"]
        (self.root / "calc.py").write_text(SOURCE)
        for args in (["init", "-q"], ["add", "-A"], ["commit", "-qm", "start"]):
            subprocess.run([*git, *args], cwd=self.root, check=True, capture_output=True)

    @contextmanager
    def entered(self) -> Iterator[None]:
        """With this as the process's surroundings."""
        before, folder = dict(os.environ), Path.cwd()
        for name in ("STATE", "CONFIG"):
            os.environ[f"XDG_{name}_HOME"] = str(self.base / name.lower())
        os.chdir(self.root)
        try:
            yield
        finally:
            os.chdir(folder)
            os.environ.clear()
            os.environ.update(before)

    def run(self, *args: str, feed: str = "") -> str:
        """What a command prints on a terminal, on both streams."""
        streams = sys.stdin, sys.stdout, sys.stderr
        taken = io.BytesIO()
        out = _Terminal(taken, encoding="utf-8")
        try:
            sys.stdin = io.TextIOWrapper(io.BytesIO(feed.encode("utf-8", "surrogatepass")))
            sys.stdout = sys.stderr = out
            cli.main(list(args))
            out.flush()
        finally:
            sys.stdin, sys.stdout, sys.stderr = streams
        return taken.getvalue().decode("utf-8", "replace")

    def wrote(self, name: str, text: str, instruction: str) -> None:
        """An entry of the journal: this text in this new file."""
        tree = open_worktree(self.root, places.state_dir())
        data = text.encode("utf-8", "surrogatepass")
        image = tree.read(name)
        tree.flush(
            [Change(image, image_of(name, data, 0o100644))], EntryNote(instruction, "sim", 1)
        )
        tree.close()


class _Terminal(io.TextIOWrapper):
    def isatty(self) -> bool:
        return True


Sink = Callable[[Shell, str], str]

SINKS: dict[str, Sink] = {}


def sink(name: str) -> Callable[[Sink], Sink]:
    """Note a function as the sink of this name."""

    def noted(function: Sink) -> Sink:
        SINKS[name] = function
        return function

    return noted


def file_name(text: str) -> str:
    """`text` as a part of a path, as far as a disk takes it."""
    return text.replace("\0", "").replace("/", "")


def _toml(text: str) -> str:
    """`text` as a string of TOML, every odd character by its number."""
    return '"' + "".join(c if c.isalnum() else f"\\U{ord(c):08X}" for c in text) + '"'


# ------------------------------------------------------------------- arguments


_COMMANDS = (
    "",
    "--",
    "undo ",
    "where ",
    "trust ",
    "edit -m x --patch --endpoint sim ",
    "find -m x ",
    "trace show ",
    "doctor ",
    "bench --endpoint ",
    "prove --task ",
    "apply --from ",
    "apply --format ",
)

for _command in _COMMANDS:

    def _argument(shell: Shell, text: str, command: str = _command) -> str:
        *words, last = command.split(" ")
        return shell.run(*words, f"{last}{text}")

    SINKS[f"argument: {_command.strip() or 'a path'}"] = _argument


# ------------------------------------------------------------------- what an answer holds


@sink("apply: a path that is refused")
def _(shell: Shell, text: str) -> str:
    patch = f"*** Begin Patch\n*** Update File: {file_name(text)}\n@@\n-a\n+b\n*** End Patch\n"
    return shell.run("apply", feed=patch)


@sink("apply --patch -: a line that is new")
def _(shell: Shell, text: str) -> str:
    return shell.run("apply", "--patch", "-", feed=_adding(text))


@sink("apply --check: a line that is new")
def _(shell: Shell, text: str) -> str:
    return shell.run("apply", "--check", feed=_adding(text))


@sink("apply --json: a path")
def _(shell: Shell, text: str) -> str:
    patch = f"*** Begin Patch\n*** Add File: {file_name(text)}\n+b\n*** End Patch\n"
    return shell.run("apply", "--json", feed=patch)


def _adding(text: str) -> str:
    line = text.replace("\n", "").replace("\r", "")
    lines = ("*** Begin Patch", "*** Update File: calc.py", "@@", " def add(a, b):", f"+    {line}")
    return "\n".join((*lines, "*** End Patch", ""))


# ------------------------------------------------------------------- journal and sessions


@sink("log: an instruction")
def _(shell: Shell, text: str) -> str:
    shell.wrote("log.txt", f"{text}\n", text)
    return shell.run("log")


@sink("log -p: text and instruction")
def _(shell: Shell, text: str) -> str:
    shell.wrote("log.txt", f"{text}!\n", text)
    return shell.run("log", "-p")


@sink("log --json: an instruction")
def _(shell: Shell, text: str) -> str:
    shell.wrote("log.txt", f"{text}?\n", text)
    return shell.run("log", "--json")


@sink("undo --dry-run: text")
def _(shell: Shell, text: str) -> str:
    shell.wrote("log.txt", f"{text}.\n", text)
    return shell.run("undo", "--dry-run")


@sink("sessions and export: an instruction")
def _(shell: Shell, text: str) -> str:
    from spark_tui.services.sessions import Sessions

    label = EndpointLabel(text, text, text, "ws")
    turn = Turn(1, text, (ContextItem(text, None, 1),), 1, label, 0, answer=text)
    Sessions(places.state_dir(), shell.root).writer("s").keep({turn_key(1): kept_turn(turn)})
    return shell.run("sessions") + shell.run("export") + shell.run("export", text)


@sink("log: what a filter gave back")
def _(shell: Shell, text: str) -> str:
    from spark_tui.services import refusals

    refusals.note(places.state_dir(), text, text, str(shell.root))
    return shell.run("log")


# ------------------------------------------------------------------- an endpoint


@contextmanager
def _refusing(text: str) -> Iterator[None]:
    """An endpoint that answers everything with an error, and these words."""

    class Refuses(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            data = json.dumps({"error": {"message": text, "code": text, "type": text}}).encode()
            self.send_response(400)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(data)))
            self.end_headers()
            self.wfile.write(data)

        def do_GET(self) -> None:
            self.do_POST()

        def log_message(self, format: str, *args: object) -> None:  # noqa: A002
            """Nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Refuses) as server:
        threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01}).start()
        port = server.server_address[1]
        known = {"OPENAI_BASE_URL": f"http://127.0.0.1:{port}/v1", "SPARK_TUI_MODEL": "m"}
        os.environ.update(known)
        try:
            yield
        finally:
            for name in known:
                del os.environ[name]
            server.shutdown()


@sink("edit: an endpoint's error")
def _(shell: Shell, text: str) -> str:
    with _refusing(text):
        return shell.run("edit", "calc.py", "-m", "x", "--patch")


@sink("doctor: an endpoint's error")
def _(shell: Shell, text: str) -> str:
    with _refusing(text):
        return shell.run("doctor")


# ------------------------------------------------------------------- files of the project and home


@sink("trust: guidance")
def _(shell: Shell, text: str) -> str:
    (shell.root / "AGENTS.md").write_text(f"{text}\n", errors="surrogatepass")
    return shell.run("trust")


@sink("trust: a check")
def _(shell: Shell, text: str) -> str:
    toml = f'[[checks]]\nfiles = "*"\nrun = {_toml(text)}\n'
    (shell.root / ".spark.toml").write_text(toml)
    try:
        return shell.run("trust")
    finally:
        (shell.root / ".spark.toml").unlink()


@sink("config.toml: a key that is unknown")
def _(shell: Shell, text: str) -> str:
    return _configured(shell, f"{_toml(text)} = 1\n")


@sink("config.toml: a theme that is unknown")
def _(shell: Shell, text: str) -> str:
    return _configured(shell, f"theme = {_toml(text)}\n", "--plain", "--theme", text)


@sink("config.toml: an endpoint")
def _(shell: Shell, text: str) -> str:
    table = f"[endpoints.{_toml(text)}]\nbase_url = {_toml('ftp://' + text)}\n"
    return _configured(shell, table)


def _configured(shell: Shell, toml: str, *args: str) -> str:
    file = shell.config / "config.toml"
    file.write_text(toml)
    try:
        return shell.run(*(args or ("keys", "--list")))
    finally:
        file.unlink()


@sink("where: a folder")
def _(shell: Shell, text: str) -> str:
    os.environ["XDG_CONFIG_HOME"] = f"/{file_name(text)}"
    try:
        return shell.run("where")
    finally:
        os.environ["XDG_CONFIG_HOME"] = str(shell.base / "config")


@sink("review: a name and a line")
def _(shell: Shell, text: str) -> str:
    file = shell.root / f"n{file_name(text)}.txt"
    file.write_text(f"{text}\n", errors="surrogatepass")
    try:
        return shell.run("review") + shell.run("review", "--json")
    finally:
        file.unlink()


@sink("find: a name")
def _(shell: Shell, text: str) -> str:
    file = shell.root / f"subtract{file_name(text)}.py"
    file.write_text("def subtract(a, b):\n    return a - b\n")
    try:
        return shell.run("find", "-m", f"make subtract {text} better")
    finally:
        file.unlink()


@sink("crash: what broke")
def _(shell: Shell, text: str) -> str:
    def breaks(_: list[str]) -> int:
        raise ValueError(text)

    known, cli._COMMANDS["where"] = cli._COMMANDS["where"], breaks
    try:
        return shell.run("where")  # no word of it is ever told
    finally:
        cli._COMMANDS["where"] = known


SECRET = frozenset({"crash: what broke"})
"""Nothing of what comes there is told at all."""
