"""The top row: repository, branch, changed files, mode, endpoint."""

from __future__ import annotations

from collections.abc import Sequence

from textual.strip import Strip

from spark_tui.core.events import EndpointLabel
from spark_tui.core.mode import Mode
from spark_tui.core.session import Session
from spark_tui.core.tree import Tree
from spark_tui.ui.style.cells import cut_middle, safe
from spark_tui.ui.style.painted import PaintedWidget, RoleText, spread

_SEPARATOR = " · "


def endpoint_text(label: EndpointLabel, width: int) -> list[RoleText]:
    """The endpoint for a screen of `width` cells; a simulated one says so at every width."""
    if label.simulated:
        whose = label.provider if label.built_in else label.name
        return [
            ("simulated", "simulated"),
            ("muted", _SEPARATOR + cut_middle(safe(whose), width // 4) if width > 60 else ""),
        ]
    name, wire = cut_middle(safe(label.name), max(width // 4, 16)), safe(label.wire)
    dot = "●" if label.warm else "○"
    if width <= 60:
        return [("text", name), ("ok" if label.warm else "muted", f" {dot}")]
    warmth = f"{dot} warm" if label.warm else f"{dot} cold"
    state: RoleText = ("ok" if label.warm else "muted", f" {warmth}")
    if width < 100:
        return [("text", name), ("muted", _SEPARATOR + wire if wire else ""), state]
    named = label.model or label.name, label.provider, label.wire
    parts = [cut_middle(safe(part), width // 4) for part in named if part]
    return [("text", parts[0] if parts else ""), ("muted", _rest(parts)), state]


def _rest(parts: Sequence[str]) -> str:
    return "".join(_SEPARATOR + part for part in parts[1:])


def mode_part(mode: Mode) -> RoleText:
    """The mode; auto-apply is loud."""
    if mode is Mode.AUTO:
        return ("auto", " AUTO-APPLY ")
    return ("stale" if mode is Mode.READ_ONLY else "muted", mode.value)


def header_parts(tree: Tree, mode: Mode, label: EndpointLabel, width: int) -> list[RoleText]:
    """The whole row; the right end is never cut."""
    right = [mode_part(mode), ("text", "    " if width >= 80 else "  ")]
    right += [*endpoint_text(label, width), ("text", " ")]
    left: list[RoleText] = [("text", " " + cut_middle(safe(tree.name), max(width // 4, 8)))]
    if tree.branch:
        left.append(("muted", f" ⎇ {cut_middle(safe(tree.branch), max(width // 4, 8))}"))
    if tree.changed:
        left.append(("outside", f"  ±{len(tree.changed)}"))
    return spread(left, right, width)


def titled_parts(title: str, mode: Mode, label: EndpointLabel, width: int) -> list[RoleText]:
    """A row that names one file."""
    right = [mode_part(mode), ("text", "    ")] if mode is not Mode.ASK else []
    right += [*endpoint_text(label, min(width, 99)), ("text", " ")]
    return spread([("text", " " + cut_middle(safe(title), max(width // 2, 8)))], right, width)


class Header(PaintedWidget):
    """Paints `header_parts` of the session."""

    def __init__(self) -> None:
        super().__init__(id="header")
        self._session = Session()
        self._title = ""

    def show(self, session: Session, title: str = "") -> None:
        """Take the newest session; paints only when the row differs.

        With `title` that stands in place of the repository, and the usual mode goes without saying.
        """
        before, self._session = self._session, session
        changed = title != self._title
        self._title = title
        if changed or (before.tree, before.mode, before.endpoint) != (
            session.tree,
            session.mode,
            session.endpoint,
        ):
            self.repaint()

    def rows(self, width: int, height: int) -> Sequence[Strip]:  # noqa: ARG002
        """The one row."""
        s = self._session
        if self._title:
            return [self.line(*titled_parts(self._title, s.mode, s.endpoint, width))]
        return [self.line(*header_parts(s.tree, s.mode, s.endpoint, width))]
