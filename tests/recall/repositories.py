"""Which repositories are for tuning and which are held out, by name: fixed, so nobody chooses."""

from __future__ import annotations

from pathlib import PurePosixPath

TUNE = (
    "click", "express", "flask", "fmt", "fzf", "gin", "guzzle", "hiredis", "javapoet", "jq",
    "leveldb", "rack", "ripgrep", "sphinx", "swr", "zod", "zoekt",
)  # fmt: skip
HELD = (
    "axum", "crush", "fd", "gson", "httpx", "junit4", "libuv", "monolog", "prism", "pytest",
    "redux", "requests", "ruby_llm", "spdlog",
)  # fmt: skip


def name_of(place: str) -> str:
    """The repository's short name, whatever folders a clone keeps it in.

    `gson.git`, `clones/google+gson/repo` and `src/gson/.git` are all `gson`.
    """
    parts = [part for part in PurePosixPath(place).parts if part not in (".git", "repo", "/")]
    last = parts[-1] if parts else place
    return last.removesuffix(".git").rsplit("+", 1)[-1]


def in_half(name: str, half: str) -> bool:
    """Whether a repository belongs to `tune` or `held`; one in neither table is held out."""
    return (name in TUNE) == (half == "tune")
