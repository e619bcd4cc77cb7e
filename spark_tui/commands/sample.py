"""The demo's throw-away repository: the sample files, committed."""

from __future__ import annotations

from pathlib import Path

from spark_tui.core.errors import WorktreeError
from spark_tui.services import processes
from spark_tui.simulator.sample import write_sample


def make_sample(root: Path) -> Path:
    """Write the sample project to `root` (new or empty) and commit it. Raises WorktreeError."""
    if root.exists() and any(root.iterdir()):
        if (root / ".git").exists():
            return root
        raise WorktreeError(f"{root} is not empty", "spark-tui demo --dir NEW_DIR")
    root.mkdir(parents=True, exist_ok=True)
    write_sample(root)
    for args in (
        ("init", "-q", "--initial-branch=main", "--template="),
        ("add", "--all"),
        (
            "-c",
            "user.name=spark-tui demo",
            "-c",
            "user.email=demo@localhost",
            "commit",
            "-q",
            "-m",
            "The sample project as it was",
        ),
    ):
        processes.run_git(args, cwd=root)
    return root
