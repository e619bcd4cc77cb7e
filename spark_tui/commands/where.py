"""`spark-tui where`: where everything lives on disk."""

from collections.abc import Sequence

from spark_tui.commands.output import out
from spark_tui.core.errors import UsageError
from spark_tui.services import places


def where(args: Sequence[str]) -> int:
    """Print the places, one a line."""
    if args:
        raise UsageError(f"where takes no arguments, not {args[0]!r}")
    for name, path in (
        ("config", places.config_file()),
        ("keys", places.keys_file()),
        ("trusted", places.trust_file()),
        ("themes", places.shipped_themes()),
        ("your themes", places.config_dir() / "themes"),
        ("traces", places.state_dir() / "traces"),
        ("indexes", places.state_dir() / "index"),
        ("sessions", places.state_dir() / "sessions"),
        ("journal", places.state_dir() / "journals"),
    ):
        out(f"{name:<12} {path}")
    return 0
