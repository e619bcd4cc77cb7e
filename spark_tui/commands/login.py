"""`spark-tui login` and `logout`: a ChatGPT plan instead of a key."""

from __future__ import annotations

from collections.abc import Sequence

from spark_tui.commands.arguments import Arguments
from spark_tui.commands.output import out
from spark_tui.services import places


def login(args: Sequence[str]) -> int:
    """Sign in; 0 when done. Raises SettingsError where it is refused."""
    parser = Arguments(
        prog="spark-tui login",
        description="Sign in with a ChatGPT plan, for the endpoint chatgpt. Opens a browser here; "
        "over SSH forward the port that the address names.",
    )
    parser.add_argument("--no-browser", action="store_true", help="only print the address")
    given = parser.parse_args(list(args))
    from spark_tui.services.browser import open_page
    from spark_tui.services.signin import SignIn

    def show(url: str) -> None:
        out("Sign in on this page (it comes back to this machine by itself):")
        out(url)
        if not given.no_browser:
            open_page(url)

    who = SignIn(places.config_dir()).sign_in(show)
    out(f"signed in as {who}; spark-tui --endpoint chatgpt uses it, spark-tui logout ends it")
    return 0


def logout(args: Sequence[str]) -> int:
    """Forget the sign-in and revoke it; 0 also where nobody was signed in."""
    parser = Arguments(prog="spark-tui logout", description="Forget the sign-in, and revoke it.")
    parser.parse_args(list(args))
    from spark_tui.services.signin import SignIn

    was = SignIn(places.config_dir()).sign_out()
    out("signed out" if was else "nobody was signed in")
    return 0
