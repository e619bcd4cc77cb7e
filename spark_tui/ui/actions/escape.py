"""What Esc and Ctrl+C stop, in which order.

A popup or a form over the screen takes Esc before (`router`), and so do the code view and vim's
insert mode.
"""

from __future__ import annotations

from spark_tui.core.edits.model import HunkState
from spark_tui.ui.actions.context import ActionContext
from spark_tui.ui.actions.shell import ShellActions
from spark_tui.ui.input.focus import Where
from spark_tui.ui.latency.overlay import OverlayForm
from spark_tui.ui.messages import words


def escape(screen: ActionContext, shell: ShellActions, at: int) -> None:
    """One rung of the ladder: the answer, git, the green loop, the checks, a command, the rest.

    An instruction that is not out yet comes back with the first rung: it must not follow a stop.
    """
    turn = screen.session.turn
    if screen.keyboard.deaf(at):
        return
    back = screen.take_back_waiting()
    if screen.running:
        screen.stop_run(at)
    elif back:
        screen.keyboard.interrupted(at)
    elif screen.conductor.waits_for_git:
        screen.conductor.stop()
        screen.keyboard.interrupted(at)
    elif screen.session.green is not None and screen.session.green.running:
        screen.conductor.stop_fix()
        screen.keyboard.interrupted(at)
    elif screen.session.checking:
        screen.conductor.stop_checks()
        screen.keyboard.interrupted(at)
        screen.say(words.CHECKS_STOPPED)
    elif shell.running:
        shell.stop()
        screen.keyboard.interrupted(at)
    elif screen.overlay.form is OverlayForm.FULL and screen.size.width < 100:
        screen.overlay.set_form(OverlayForm.OFF)
    elif screen.keyboard.where is Where.REVIEW:
        screen.give_keyboard(Where.PROMPT)
    elif turn is not None:
        screen.give_keyboard(Where.REVIEW)


def interrupt(screen: ActionContext, shell: ShellActions, at: int) -> None:
    """Ctrl+C: the answer, or a command; else the draft goes aside. Twice in a second it quits."""
    turn = screen.session.turn
    again = screen.keyboard.quit_pressed(at)
    if again:
        screen.quit()
    elif turn is not None and screen.running:
        kept = any(h.state is HunkState.KEPT for h in turn.hunks)
        screen.stop_run(at, quietly=kept)
        if kept:
            screen.say(words.QUIT_MID_RUN)
    elif screen.session.green is not None and screen.session.green.running:
        screen.conductor.stop_fix()
    elif shell.running:
        shell.stop()
    else:
        draft = not screen.prompt.empty
        screen.prompt.put_aside()
        screen.say(words.IDLE_INTERRUPT if draft else words.QUIT_AGAIN)
