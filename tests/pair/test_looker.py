"""What a look shows, in a real repository: the right lines, and never anything else."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from spark_tui.core.context import FileNames
from spark_tui.core.looks import RESULT_TOKENS, LookOutcome
from spark_tui.core.tokens import estimate
from spark_tui.pair.looker import look
from spark_tui.services.worktree import open_worktree

CANARY = "canary-7f3a"
"""Stands in everything that must never be shown."""

KEY = "-----BEGIN RSA PRIVATE KEY-----\n"
POOL = (
    '"""Connections."""\n\nimport time\n\n\nclass Pool:\n    def acquire(self, wait):\n'
    "        return self.free.get(wait)\n\n"
    "    def release(self, one):\n        self.free.put(one)\n"
)
SECRET_NAMES = (
    ".env",
    "deploy/.env.production",
    "tls/server.pem",
    "tls/server.key",
    "id_rsa",
    ".netrc",
    ".npmrc",
    ".pypirc",
    "infra/prod.tfstate",
    "aws_credentials",
)


class Site:
    """A repository with a file beside it, and every trap one can lay in it."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "work"
        self.outside = folder / "outside.txt"
        self.outside.write_text(f"{CANARY}\n")
        (folder / "outside").mkdir()
        (folder / "outside/more.txt").write_text(f"{CANARY}\n")
        self.root.mkdir()
        self.git("init", "-q", "-b", "main")
        self.save("net/pool.py", POOL)
        self.save("net/client.py", "from net.pool import Pool\n\nPool().acquire(3)\n")
        self.save("tests/test_pool.py", "def test_acquire():\n    Pool().acquire(1)\n")
        self.save("docs/pool.md", "Call acquire( and wait.\n")
        self.save("long.py", "".join(f"value_{n} = {n}\n" for n in range(20_000)))
        self.save("one_line.js", "x=1;" * 60_000)
        self.save("latin.txt", "caf\xe9 acquire(\n".encode("latin-1"))
        self.save("empty.txt", "")
        for name in SECRET_NAMES:
            self.save(name, f"PASSWORD={CANARY}\n")
        self.save("deploy/notes.txt", f"{KEY}{CANARY}\n")
        self.save("blob.bin", b"\0\1\2" + CANARY.encode())
        self.save("huge.txt", b"")
        with (self.root / "huge.txt").open("ab") as file:
            file.truncate(16_900_000)
            file.seek(0, os.SEEK_END)
            file.write(CANARY.encode())
        (self.root / "link.txt").symlink_to(self.outside)
        (self.root / "passwd").symlink_to("/etc/passwd")
        (self.root / "up").symlink_to("../outside")
        (self.root / "loop").symlink_to("loop")
        self.save(".gitignore", "ignored/\n*.log\n")
        self.git("add", "-A", "-f")
        self.git("commit", "-q", "-m", "as it was")
        self.save("ignored/secret.txt", f"{CANARY}\n")
        self.save("debug.log", f"{CANARY}\n")
        (self.root / "vendored").mkdir()
        self.git("init", "-q", "vendored")
        self.save("vendored/inside.txt", f"{CANARY}\n")
        os.mkfifo(self.root / "pipe")
        self.worktree = open_worktree(self.root, folder / "state")

    def git(self, *args: str) -> None:
        names = ("-c", "user.name=U", "-c", "user.email=u@e.org")
        environment = {"PATH": os.environ["PATH"], "HOME": str(self.root.parent), "LC_ALL": "C"}
        subprocess.run(["git", *names, *args], cwd=self.root, env=environment, check=True)

    def save(self, path: str, text: str | bytes) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(text if isinstance(text, bytes) else text.encode())
        os.utime(target, (1_700_000_000, 1_700_000_000))

    def names(self) -> FileNames:
        return FileNames(self.worktree.paths(), str(self.root))

    def look(self, name: str, arguments: str, room: int = RESULT_TOKENS) -> LookOutcome:
        return look(name, arguments, self.worktree, self._names(), room, time.monotonic_ns)

    def asked(self, name: str, room: int = RESULT_TOKENS, **arguments: object) -> LookOutcome:
        return self.look(name, json.dumps(arguments), room)

    def _names(self) -> FileNames:
        if not hasattr(self, "_known"):
            self._known = self.names()
        return self._known


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    made = Site(tmp_path_factory.mktemp("looks"))
    yield made
    made.worktree.close()


def test_lines_of_a_file_are_shown_as_they_stand(site: Site) -> None:
    seen = site.asked("read_file", file_path="net/pool.py", offset=6, limit=3)
    assert seen.text == (
        "File: net/pool.py (lines 6-8 of 11)\n```\nclass Pool:\n    def acquire(self, wait):\n"
        "        return self.free.get(wait)\n```\n"
    )
    assert (seen.done, seen.what) == ("looked", "net/pool.py:6-8")
    assert seen.outcome == f"{estimate(seen.text)} tokens"
    whole = site.asked("read_file", file_path="net/pool.py")
    assert whole.text == f"File: net/pool.py\n```\n{POOL}```\n"
    assert whole.what == "net/pool.py"
    assert site.asked("read_file", file_path="empty.txt").text == "File: empty.txt\nIt is empty.\n"


def test_a_long_file_is_shown_from_both_ends(site: Site) -> None:
    seen = site.asked("read_file", file_path="long.py", room=600)
    assert estimate(seen.text) <= 600
    head, _, tail = seen.text.partition("tokens truncated…")
    assert head.startswith("File: long.py (lines 1-")
    assert "value_0 = 0\n" in head
    assert tail.endswith("value_19999 = 19999\n```\n")
    assert estimate(site.asked("read_file", file_path="one_line.js").text) <= RESULT_TOKENS
    assert site.asked("read_file", file_path="net/pool.py", offset=99).outcome == "has 11 lines"


def test_a_search_answers_with_the_lines_and_the_likeliest_first(site: Site) -> None:
    seen = site.asked("grep_files", pattern="acquire(")
    assert seen.what == '"acquire("'
    assert seen.outcome == "6 places in 5 files"
    order = [line.split()[1] for line in seen.text.splitlines() if line.startswith("File: ")]
    assert order == [
        "net/pool.py",
        "net/client.py",
        "tests/test_pool.py",
        "latin.txt",
        "docs/pool.md",
    ]
    assert "    def acquire(self, wait):\n        return self.free.get(wait)\n" in seen.text


def test_a_search_keeps_to_a_folder_a_pattern_and_a_number(site: Site) -> None:
    assert site.asked("grep_files", pattern="acquire", path="net").outcome == "2 places in 2 files"
    only = site.asked("grep_files", pattern="acquire", include="*.md")
    assert only.outcome == "1 place in 1 file"
    few = site.asked("grep_files", pattern="acquire", limit=1)
    assert few.text.count("File: ") == 1
    assert "Also at " in few.text
    assert site.asked("grep_files", pattern="ACQUIRE(").outcome == "6 places in 5 files"
    assert site.asked("grep_files", pattern=r"def\s+(acquire|release)\(self").outcome == (
        "2 places in 1 file"
    )
    assert site.asked("grep_files", pattern="no such thing").outcome == "nothing found"
    tight = site.asked("grep_files", pattern="value_", room=300)
    assert estimate(tight.text) <= 300


def test_a_folder_is_listed(site: Site) -> None:
    seen = site.asked("list_dir", dir_path="net")
    assert (seen.text, seen.done, seen.what) == (
        "Folder: net/\nclient.py\npool.py\n",
        "listed",
        "net/",
    )
    assert seen.outcome == "2 entries"
    assert "vendored" not in site.asked("list_dir", dir_path=".").text


def test_what_is_secret_is_kept_back_with_a_word_to_the_person(site: Site) -> None:
    for name in (*SECRET_NAMES, "deploy/notes.txt"):
        seen = site.asked("read_file", file_path=name)
        assert seen.withheld == (f"{name} (secret)",)
        assert CANARY not in seen.text
    seen = site.asked("grep_files", pattern=CANARY)
    assert seen.outcome == "nothing found"
    assert ".env (secret)" in seen.withheld
    assert CANARY not in seen.text.replace(f"'{CANARY}'", "")


# ------------------------------------------------------------------ the table of hostile looks

TARGETS = (
    "../outside.txt",
    "../outside/more.txt",
    "link.txt",
    "passwd",
    "up/more.txt",
    "loop",
    "ignored/secret.txt",
    "debug.log",
    "vendored/inside.txt",
    "blob.bin",
    "huge.txt",
    "pipe",
    ".git/config",
    ".git/HEAD",
    *SECRET_NAMES,
)


def disguises(path: str, root: str) -> list[str]:
    """Ways to write a path so that a careless check lets it through."""
    return [
        path,
        f"./{path}",
        f".//{path}",
        f"net/../{path}",
        f"net/pool.py/../../{path}",
        f"{root}/{path}",
        f"{root}/net/../{path}",
        f"{path}/",
        f"{path} ",
        f"{path}\0.py",
        path.replace("/", "\\"),
        path.replace("..", "%2e%2e"),
        path.replace("..", "\u2025"),
        path.replace(".", "\uff0e"),
        path.upper(),
        f"file://{root}/{path}",
        f"{path}:1-5",
        f"\u202e{path}",
    ]


PATTERNS = (
    CANARY,
    "PASSWORD=",
    "(c|k)anary-.*",
    "(a+)+$",
    "((a|aa)+)+b",
    "(x+x+)+y" * 20,
    "^(([a-z])+.)+[A-Z]([a-z])+$",
    "(.*)*" * 50 + "canary",
    "canary" + "{1,999999999}" * 8,
    "[[:alpha:]]" * 20,
    "\\1\\2\\3canary",
    "(?R)canary",
    "canary" + "|canary" * 30,
    "a" * 5_000,
    "--untracked\x00-e",
    "-f/etc/passwd",
    "--open-files-in-pager=touch /tmp/x",
    "-O",
    "ab\ncd",
    "\ud800\ud800",
)
GLOBS = ("*" * 300, "*a" * 200, "{a,b}" * 40, "[" * 100, "**/" * 50 + "x", "../*", "/etc/*", "!(x)")


def hostile_looks(root: str) -> list[tuple[str, str]]:
    """(tool, arguments): what a model that means harm, or somebody behind it, would ask for."""
    out = []
    for target in (*TARGETS, "/etc/passwd", "~/.ssh/id_rsa", "/proc/self/environ", "C:\\boot.ini"):
        for path in disguises(target, root):
            out.append(("read_file", json.dumps({"file_path": path})))
        out.append(("list_dir", json.dumps({"dir_path": target, "depth": 9})))
        out.append(("grep_files", json.dumps({"pattern": "canary", "path": target})))
        out.append(("read_file", json.dumps({"file_path": target, "offset": 1, "limit": 10**9})))
    for folder in (
        "..",
        "/",
        "up",
        "vendored",
        "ignored",
        ".git",
        "net/../..",
        "~",
        "\0",
        root + "/..",
    ):
        out.append(("list_dir", json.dumps({"dir_path": folder})))
    out += [("grep_files", json.dumps({"pattern": pattern})) for pattern in PATTERNS]
    out += [("grep_files", json.dumps({"pattern": "canary", "include": glob})) for glob in GLOBS]
    nested = "[" * 4_000 + "]" * 4_000
    for arguments in (
        "",
        "{",
        "null",
        "[]",
        nested,
        '{"file_path": ' + nested + "}",
        "\0",
        "x" * 9_000,
    ):
        out += [(name, arguments) for name in ("read_file", "grep_files", "list_dir", "shell", "")]
    return out


def check(site: Site, looks: list[tuple[str, str]]) -> None:
    for name, arguments in looks:
        seen = site.look(name, arguments)
        said = json.loads(arguments)["pattern"] if '{"pattern"' in arguments else ""
        assert CANARY not in seen.text.replace(f"{said!r}", ""), (name, arguments)
        assert "root:" not in seen.text, (name, arguments)
        assert estimate(seen.text) <= RESULT_TOKENS, (name, arguments)
        assert (seen.what + seen.outcome).isprintable(), (name, arguments)


def test_no_hostile_look_shows_what_is_not_ours(site: Site) -> None:
    """All that reads and lists; of the searches, each of which starts git, a sample."""
    looks = hostile_looks(str(site.root))
    assert len(looks) >= 500
    searches = [one for one in looks if one[0] == "grep_files"]
    check(site, [one for one in looks if one[0] != "grep_files"])
    check(site, searches[::9])


@pytest.mark.long
def test_no_hostile_search_shows_what_is_not_ours(site: Site) -> None:
    check(site, [one for one in hostile_looks(str(site.root)) if one[0] == "grep_files"])


def test_a_file_that_turns_into_a_link_meanwhile_leads_nowhere(site: Site) -> None:
    """Somebody swaps file and link as fast as they can, while the same file is looked at."""
    victim, spare = site.root / "net/client.py", site.root / "net/.spare"
    folder, aside = site.root / "tests", site.root / ".aside"
    text = victim.read_bytes()
    over = threading.Event()

    def swap() -> None:
        while not over.is_set():
            spare.unlink(missing_ok=True)
            spare.symlink_to("../../outside.txt")
            spare.replace(victim)
            folder.rename(aside)
            folder.symlink_to("../outside")
            folder.unlink()
            aside.rename(folder)
            spare.write_bytes(text)
            spare.replace(victim)

    worker = threading.Thread(target=swap)
    worker.start()
    try:
        for number in range(30):
            path = "net/client.py" if number % 2 else "tests/test_pool.py"
            assert CANARY not in site.asked("read_file", file_path=path).text
            if number % 10 == 0:
                assert CANARY not in site.asked("grep_files", pattern="import|canary").text
    finally:
        over.set()
        worker.join()


def test_searching_runs_nothing_that_a_repository_names(site: Site, tmp_path: Path) -> None:
    canary = tmp_path / "fired"
    program = tmp_path / "program"
    program.write_text(f"#!/bin/sh\ntouch {canary}\ncat\n")
    program.chmod(0o755)
    config = site.root / ".git/config"
    before = config.read_text()
    site.save(".gitattributes", "* filter=x diff=x\n")
    config.write_text(
        f'{before}[filter "x"]\n\tclean = {program}\n\tprocess = {program}\n[diff "x"]\n\t'
        f"textconv = {program}\n[core]\n\tfsmonitor = {program}\n\tpager = {program}\n"
        "[grep]\n\tthreads = 100000\n\tpatternType = perl\n\tcolumn = true\n"
    )
    try:
        assert site.asked("grep_files", pattern="acquire(").outcome.startswith("6 places")
    finally:
        config.write_text(before)
        (site.root / ".gitattributes").unlink()
    assert not canary.exists()
