"""In which order changed files are reviewed: by name, what a program wrote last."""

from __future__ import annotations

_LOCKS = frozenset(
    {
        "package-lock.json",
        "npm-shrinkwrap.json",
        "yarn.lock",
        "pnpm-lock.yaml",
        "bun.lock",
        "bun.lockb",
        "cargo.lock",
        "poetry.lock",
        "pdm.lock",
        "uv.lock",
        "pipfile.lock",
        "gemfile.lock",
        "composer.lock",
        "go.sum",
        "mix.lock",
        "pubspec.lock",
        "podfile.lock",
        "flake.lock",
        "deno.lock",
        "packages.lock.json",
        "gradle.lockfile",
        "package.resolved",
    }
)
_ENDS = (
    ".min.js",
    ".min.css",
    ".map",
    ".snap",
    "_pb2.py",
    "_pb2_grpc.py",
    ".pb.go",
    ".pb.cc",
    ".pb.h",
    ".g.dart",
    ".freezed.dart",
    ".designer.cs",
    "_generated.go",
    "_string.go",
)
_FOLDERS = frozenset({"node_modules", "vendor", "dist", "third_party", "__snapshots__"})


def generated(path: str) -> bool:
    """Whether a program most likely wrote the file: a lock file, a build product, a snapshot."""
    *folders, name = path.casefold().split("/")
    if name in _LOCKS or name.endswith(_ENDS) or ".generated." in name:
        return True
    return any(folder in _FOLDERS for folder in folders)


def rank(path: str, *, marked: bool | None = None) -> tuple[bool, tuple[str, ...]]:
    """What to sort by; `marked` is what the repository's attributes say of it (None: nothing)."""
    last = generated(path) if marked is None else marked
    return last, tuple(path.split("/"))
