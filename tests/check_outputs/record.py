"""Makes `recorded/`: runs the tools on small broken projects, in a temporary folder.

Run: python -m tests.check_outputs.record [--js FOLDER] [--pytest7 PYTHON] [--pytest9 PYTHON]
[NAME…]

FOLDER holds `node_modules` with jest, vitest, mocha, typescript and eslint; the two PYTHONs have
those versions of pytest, and pytest-xdist. A tool that is missing is named, and its cases are left
as they are. Not a test of the suite.
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.check_outputs.cases import RECORDED, ROOT, Recorded, dump
from tests.check_outputs.projects import Broken
from tests.check_outputs.projects_compiled import COMPILED
from tests.check_outputs.projects_js import JS
from tests.check_outputs.projects_python import PYTHON

_SECONDS = 300
_ANSI = re.compile(r"\x1b\[[0-9;]*m")


class Tools:
    """Where the tools of this machine are, and their versions."""

    def __init__(self, js: Path, pytest7: str, pytest9: str) -> None:
        self._js = js
        own = [sys.executable, "-m"]
        self._words = {
            "pytest": [*own, "pytest", "-p", "no:cacheprovider"],
            "pytest7": [pytest7, "-m", "pytest", "-p", "no:cacheprovider"],
            "pytest9": [pytest9, "-m", "pytest", "-p", "no:cacheprovider"],
            "python": [sys.executable],
            "ruff": [str(Path(sys.executable).parent / "ruff")],
            "mypy": [*own, "mypy", "--cache-dir=/dev/null"],
        }
        for name in ("jest", "vitest", "mocha", "tsc", "eslint"):
            self._words[name] = [str(js / "node_modules/.bin" / name)]
        self._versions: dict[str, str] = {}

    def words(self, command: str) -> list[str]:
        """What really runs for a recorded command."""
        first, *rest = command.split()
        if first == "ruff" and "check" in rest:
            rest.append("--no-cache")
        if "-n" in rest:
            rest += ["-p", "xdist"]
        words = [*self._words.get(first, [first]), *rest]
        if command == "sh -c no_such_command_here":
            words = ["sh", "-c", "no_such_command_here"]
        return words

    def version(self, command: str) -> str:
        """The tool's name and version, "" when it is not here."""
        first = command.split(maxsplit=1)[0]
        if first == "npm":
            first = "jest"
        if first in {"make", "sh", "false"}:
            return first
        if first == "python":
            return f"python {sys.version.split()[0]}"
        if first not in self._versions:
            asked = [*self._words.get(first, [first]), "version" if first == "go" else "--version"]
            try:
                done = subprocess.run(
                    asked, capture_output=True, text=True, timeout=60, check=True, cwd="/"
                )
            except (OSError, subprocess.SubprocessError):
                self._versions[first] = ""
            else:
                found = re.search(r"\d+\.\d+[\w.]*", done.stdout + done.stderr)
                self._versions[first] = f"{first.rstrip('79')} {found[0] if found else ''}"
        return self._versions[first]

    def folders(self) -> list[str]:
        """Where other versions are installed."""
        own = (self._words[name][0] for name in ("pytest7", "pytest9"))
        return [str(Path(one).parent.parent) for one in own if one]

    def link(self, root: Path) -> None:
        """Let a project see the JavaScript packages."""
        (root / "node_modules").symlink_to(self._js / "node_modules")

    def environment(self) -> dict[str, str]:
        """What a check sees: no key, no colour asked for, no terminal."""
        kept = ("PATH", "HOME", "LANG", "RUSTUP_HOME", "CARGO_HOME", "GOCACHE", "GOPATH")
        found = {name: os.environ[name] for name in kept if name in os.environ}
        path = f"{Path(sys.executable).parent}:{self._js / 'node_modules/.bin'}:{found['PATH']}"
        return {
            **found, "PATH": path, "PYTHON": sys.executable, "PYTHONDONTWRITEBYTECODE": "1",
            "PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1",
            "GOFLAGS": "-mod=mod", "CARGO_NET_OFFLINE": "true", "LC_ALL": "C.UTF-8",
        }  # fmt: skip


def main() -> int:
    """Record all cases, or those whose names begin with the words given."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--js", type=Path, default=Path("/tmp/js"))
    parser.add_argument("--pytest7", default="")
    parser.add_argument("--pytest9", default="")
    given = parser.parse_args()
    tools = Tools(given.js, given.pytest7, given.pytest9)
    wanted = tuple(given.names)
    RECORDED.mkdir(exist_ok=True)
    missing: set[str] = set()
    count = 0
    for project in (*PYTHON, *JS, *COMPILED):
        if wanted and not project.name.startswith(wanted):
            continue
        for number, command in enumerate(project.options):
            version = tools.version(command)
            if not version:
                missing.add(command.split()[0])
                continue
            case = record(f"{project.name}_{number:02}", project, command, tools, version)
            (RECORDED / f"{case.name}.txt").write_bytes(dump(case).encode())
            count += 1
    print(f"{count} recorded" + (f"; not here: {' '.join(sorted(missing))}" if missing else ""))
    return 0


def record(name: str, project: Broken, command: str, tools: Tools, version: str) -> Recorded:
    """Run one command on a fresh copy of a project."""
    with tempfile.TemporaryDirectory(prefix="checked") as folder:
        root = Path(folder).resolve() / "project"
        root.mkdir()
        places = project.write(root)
        if command.startswith("npm"):
            (root / "package.json").write_text('{"scripts": {"test": "jest"}}\n')
        if any(path.endswith("package.json") or "eslint" in path for path in project.files) or (
            command.startswith(("tsc", "eslint"))
        ):
            tools.link(root)
        done = subprocess.run(
            tools.words(command), cwd=root, env=tools.environment(), stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=_SECONDS, check=False,
        )  # fmt: skip
        text = neutral(done.stdout.decode("utf-8", "replace"), root, tools.folders())
    plain = _ANSI.sub("", text)
    words = (command, *command.split())
    bound = next((n for word, n in project.only.items() if word in words), None)
    outcome = project.outcomes.get(command, project.outcome)
    codes = ((places[mark], hidden(code, command)) for mark, code in project.findings)
    return Recorded(
        name, command, done.returncode, outcome, version, tuple(project.files),
        tuple(in_script(one, command) for one in project.ids[:bound]),
        tuple(f"{place} {code}" for place, code in codes if code),
        tuple(said for said in project.says if said in plain),
        tuple(places[mark] for mark in project.at if shown(places[mark], plain)),
        text,
    )  # fmt: skip


def in_script(name: str, command: str) -> str:
    """The id of a unittest where its module is run as the program."""
    script = command.rsplit(maxsplit=1)[-1].removesuffix(".py")
    return (
        name.replace(f"{script}.", "__main__.", 1) if command.startswith("python test_") else name
    )


def hidden(code: str, command: str) -> str:
    """The code as this command prints it: "-" for a finding without, "" for none."""
    if code == "eqeqeq" and "--max-warnings" not in command:
        return ""  # a warning, and not why the command fails
    return "-" if "--hide-error-codes" in command else code


def shown(place: str, text: str) -> bool:
    """Whether a tool printed a place, in whichever form."""
    path, _, line = place.rpartition(":")
    name = re.escape(Path(path).name)
    return re.search(rf'{name}(?:"?\W{{1,3}}(?:line )?){line}\b', text) is not None


def neutral(text: str, root: Path, folders: list[str]) -> str:
    """The output without this machine's paths."""
    text = text.replace(str(root), ROOT).replace(str(root.parent), "/tmp")
    text = re.sub(r"(/private)?/tmp/checked\w+/project", ROOT, text)
    for prefix in (*folders, sys.prefix, sys.base_prefix, str(Path.home())):
        text = text.replace(prefix, "/usr")
    return re.sub(r"(?:file://)?(?:/[\w.+-]+)+/node_modules", f"{ROOT}/node_modules", text)


if __name__ == "__main__":
    shutil.rmtree(RECORDED / "__pycache__", ignore_errors=True)
    raise SystemExit(main())
