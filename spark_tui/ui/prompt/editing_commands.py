"""The editing commands of the key table, bound to one draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from spark_tui.ui.prompt.draft import Draft


def edits_of(draft: Draft) -> Mapping[str, Callable[[], object]]:
    """What each editing command does to `draft`, by the command's id; changes can be undone."""

    def undoable(change: Callable[[], object]) -> Callable[[], object]:
        def changed() -> None:
            draft.save()
            change()

        return changed

    moves: dict[str, Callable[[], object]] = {
        "left": lambda: draft.move(-1),
        "right": lambda: draft.move(1),
        "word-left": lambda: draft.word(-1),
        "word-right": lambda: draft.word(1),
        "line-start": lambda: draft.line_edge(-1),
        "line-end": lambda: draft.line_edge(1),
        "undo-typing": draft.undo,
    }
    changes: dict[str, Callable[[], object]] = {
        "new-line": lambda: draft.insert("\n"),
        "backspace": draft.backspace,
        "delete": draft.delete,
        "kill-word-back": draft.kill_word_back,
        "kill-small-word-back": draft.kill_small_word_back,
        "kill-word": draft.kill_word,
        "kill-to-start": draft.kill_to_start,
        "kill-to-end": draft.kill_to_end,
        "yank": draft.yank,
    }
    return moves | {name: undoable(change) for name, change in changes.items()}
