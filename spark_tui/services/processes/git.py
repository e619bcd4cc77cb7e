"""Profile `git`: nothing inherited, an absolute program, and every way to run another shut."""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Sequence
from pathlib import Path

from spark_tui.core.errors import WorktreeError
from spark_tui.services.processes.child import (
    OUTPUT_CAP,
    Completed,
    find_program,
    path_folders,
    run,
)

_GIT_ENVIRONMENT = {
    "LANG": "C.UTF-8",
    "GIT_CONFIG_NOSYSTEM": "1",
    "GIT_CONFIG_GLOBAL": "/dev/null",
    "GIT_ATTR_NOSYSTEM": "1",
    "GIT_TERMINAL_PROMPT": "0",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_ALLOW_PROTOCOL": "",
    "GIT_PAGER": "cat",
    "GIT_EDITOR": "false",
    "GIT_ASKPASS": "false",
    "SSH_ASKPASS": "false",
    "GIT_SSH_COMMAND": "false",
}

_GIT_OVERRIDES = (
    "core.fsmonitor=false",
    "core.hooksPath=/dev/null",
    "core.pager=cat",
    "core.editor=false",
    "sequence.editor=false",
    "core.askPass=",
    "credential.helper=",
    "core.sshCommand=false",
    "core.gitProxy=",
    "core.alternateRefsCommand=false",
    "protocol.allow=never",
    "diff.external=",
    "diff.orderFile=/dev/null",
    "diff.autoRefreshIndex=false",
    "diff.ignoreSubmodules=all",
    "submodule.recurse=false",
    "status.submoduleSummary=false",
    "log.showSignature=false",
    "commit.gpgSign=false",
    "tag.gpgSign=false",
    "gpg.program=false",
    "core.attributesFile=/dev/null",
    "core.untrackedCache=false",
    "core.splitIndex=false",
    "safe.bareRepository=explicit",
    "gc.auto=0",
    "maintenance.auto=false",
    "color.ui=false",
    "core.quotePath=true",
    "interactive.diffFilter=cat",
    "core.protectHFS=true",
    "core.protectNTFS=true",
)


_NO_PATHSPECS = ("check-ignore",)  # refuse to run with literal ones


@functools.cache
def git_program() -> str:
    """Absolute path of git, looked up in the absolute folders of PATH. Raises WorktreeError."""
    found = find_program("git")
    if found is not None:
        return found
    raise WorktreeError("git is not installed", "install git, then start again")


def git_environment(*, user_config: bool = False) -> dict[str, str]:
    """The whole environment of a git child, built from nothing.

    With `user_config` the user's own and the system's configuration are read: right for asking
    *what is configured*, never for commands that act on it.
    """
    environment = {"PATH": ":".join(path_folders()), **_GIT_ENVIRONMENT}
    for name in ("HOME", "XDG_CONFIG_HOME"):
        value = os.environ.get(name, "")
        if value.startswith("/"):
            environment[name] = value
    if user_config:
        for name in ("GIT_CONFIG_NOSYSTEM", "GIT_CONFIG_GLOBAL"):
            del environment[name]
    return environment


def git_command(
    args: Sequence[str],
    *,
    git_dir: Path | None = None,
    work_tree: Path | None = None,
    config: Sequence[str] = (),
) -> list[str]:
    """The argv of a hardened git call; `config` are further `name=value` overrides."""
    command = [git_program(), "--no-pager", "--no-optional-locks"]
    if args[0] not in _NO_PATHSPECS:
        command.append("--literal-pathspecs")
    if git_dir is not None:
        command.append(f"--git-dir={git_dir}")
    if work_tree is not None:
        command.append(f"--work-tree={work_tree}")
    for pair in (*_GIT_OVERRIDES, *config):
        command += ("-c", pair)
    return [*command, *args]


def run_git(
    args: Sequence[str],
    *,
    git_dir: Path | None = None,
    work_tree: Path | None = None,
    feed: bytes = b"",
    timeout: float = 30.0,
    config: Sequence[str] = (),
    cwd: Path | None = None,
    cap: int = OUTPUT_CAP,
    user_config: bool = False,
    extra_environment: dict[str, str] | None = None,
    stop: threading.Event | None = None,
) -> Completed:
    """Run git hardened and wait for it; its exit status is the caller's to judge.

    `git_dir` and `work_tree` are passed to git as absolute paths, so nothing is discovered.
    Raises TooSlowError, TooMuchOutputError, StoppedError (`stop` was set) after killing its group,
    WorktreeError where git can't be started.
    """
    environment = git_environment(user_config=user_config) | (extra_environment or {})
    return run(
        git_command(args, git_dir=git_dir, work_tree=work_tree, config=config),
        environment,
        cwd=cwd or work_tree or git_dir,
        feed=feed,
        timeout=timeout,
        cap=cap,
        limited=True,
        stop=stop,
    )
