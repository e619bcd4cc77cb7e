"""What a person can do about something, named by its deed. Each surface has its own words for it.

A way out is either a `Remedy`, which the screen, the plain mode and a shell each say in their own
way (or not at all), or a text that is true on all of them: a command line, a setting, a fact.
"""

from __future__ import annotations

from enum import StrEnum


class Remedy(StrEnum):
    """A deed that helps. The words are in `spark_tui.ui.messages.remedies`, one row for each."""

    # about one hunk
    ASK_AGAIN = "ask-again"
    ASK_ON_IT = "ask-on-it"
    BY_HAND = "by-hand"
    EDIT_IT = "edit-it"
    EDIT_AGAIN = "edit-again"
    DROP = "drop"
    KEEP_ONE = "keep-one"
    KEEP_OTHERS = "keep-others"
    KEEP_AGAIN = "keep-again"
    KEEP_FIRST = "keep-first"
    # about what was decided
    TAKE_BACK = "take-back"
    TAKE_DECISION_BACK = "take-decision-back"
    REDO = "redo"
    OPEN_IT = "open-it"
    SHOW_BOTH = "show-both"
    HUNKS_STAY = "hunks-stay"
    # about an answer
    RETRY = "retry"
    SEND = "send"
    DRAFT_KEPT = "draft-kept"
    STOP = "stop"
    STOP_BOTH = "stop-both"
    DECIDE_RACE = "decide-race"
    CHANGE_MODE = "change-mode"
    FIND_FILE = "find-file"
    # about an endpoint
    OTHER_ENDPOINT = "other-endpoint"
    SET_KEY = "set-key"
    NEW_KEY = "new-key"
    SET_MODEL = "set-model"
    SET_ENDPOINT = "set-endpoint"
    ADD_ENDPOINT = "add-endpoint"
    SHOW_ADDRESS = "show-address"
    SIGN_IN = "sign-in"
    STOP_WAITING = "stop-waiting"
    # about a recorded turn
    SHOW_TIMES = "show-times"
    PLAY_REST = "play-rest"
    QUIT = "quit"


Way = Remedy | str
"""One way out. A text is never the value of a `Remedy`."""

Ways = tuple[Way, ...]
