"""A theme made ready for painting: rich styles per role, and the theme Textual's CSS sees."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style as RichStyle

from spark_tui.core.config.theme import Style, ThemeSpec, default_theme

if TYPE_CHECKING:
    from textual.theme import Theme


class Palette:
    """Styles of one theme. With `no_color` only bold, underline and reverse are left."""

    def __init__(self, spec: ThemeSpec | None = None, *, no_color: bool = False) -> None:
        self.spec = spec or default_theme()
        self.no_color = no_color
        self._styles: dict[tuple[str, str, bool], RichStyle] = {}

    def style(self, role: str, ground: str = "", emphasis: bool = False) -> RichStyle:
        """The style of `role`, on the ground of role `ground`, marked by it with `emphasis`.

        `emphasis` takes the ground (and underline) of `<ground>.word`. `fg:<role>` is the role's
        colour without its ground, `cursor` reversed text. Unknown roles read as text.
        """
        key = (role, ground, emphasis)
        found = self._styles.get(key)
        if found is None:
            found = self._styles[key] = self._make(*key)
        return found

    def _make(self, role: str, ground: str, emphasis: bool) -> RichStyle:
        if role == "cursor":
            return self.style("text", ground) + RichStyle(reverse=True)
        roles = self.spec.roles
        style = roles.get(role.removeprefix("fg:")) or roles["text"]
        if role.startswith("fg:"):
            style = Style(style.fg)
        under = roles.get(ground, Style())
        word = roles.get(f"{ground}.word", Style(underline=True)) if emphasis else Style()
        if self.no_color:
            return RichStyle(
                bold=style.bold or ground == "add" or None,
                reverse=style.reverse or word.underline or role == "select" or None,
            )
        return RichStyle(
            color=style.fg or self.spec.palette["text"],
            bgcolor=word.bg or style.bg or under.bg or self.spec.ground,
            bold=style.bold or None,
            italic=style.italic or None,
            underline=(style.underline or word.underline) or None,
            reverse=style.reverse or None,
        )


def textual_theme(spec: ThemeSpec) -> Theme:
    """The same theme for Textual's CSS: `$background`, `$foreground`, and `$spark-<role>`.

    A role's foreground is `$spark-add-word` for `add.word`; its ground, where it has one, is
    `$spark-add-word-ground`.
    """
    from textual.theme import Theme

    palette = spec.palette
    variables = {}
    for role in spec.roles:
        name = "spark-" + role.replace(".", "-")
        variables[name], ground = spec.colours(role)
        if spec.roles[role].bg:
            variables[f"{name}-ground"] = ground
    return Theme(
        name=spec.name,
        primary=palette["blue"],
        secondary=palette["cyan"],
        warning=palette["orange"],
        error=palette["red"],
        success=palette["green"],
        accent=palette["magenta"],
        foreground=palette["text"],
        background=palette["ground"],
        surface=palette["ground"],
        panel=palette["ground"],
        dark=spec.dark,
        variables=variables,
    )
