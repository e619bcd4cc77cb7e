"""The only package that starts processes, by profile.

git    nothing inherited: the environment is built from nothing, the program is an absolute path
user   what the user configured or started by key: their environment without keys and our GIT_*
own    this program again (the simulated endpoint); it ends when we do
untrusted  code a model wrote: nothing inherited, bounded, off the network where that is granted

All functions block: call them in a thread.
"""

from spark_tui.services.processes.child import (
    OUTPUT_CAP,
    Completed,
    StoppedError,
    TooMuchOutputError,
    TooSlowError,
    find_program,
)
from spark_tui.services.processes.git import (
    git_command,
    git_environment,
    git_program,
    run_git,
    without_processes,
)
from spark_tui.services.processes.own import OwnProcess, spawn_self
from spark_tui.services.processes.untrusted import off_the_network, run_untrusted
from spark_tui.services.processes.user import (
    attach_user,
    feed_user,
    run_user,
    stream_user,
    user_environment,
)

__all__ = [
    "OUTPUT_CAP",
    "Completed",
    "OwnProcess",
    "StoppedError",
    "TooMuchOutputError",
    "TooSlowError",
    "attach_user",
    "feed_user",
    "find_program",
    "git_command",
    "git_environment",
    "git_program",
    "off_the_network",
    "run_git",
    "run_untrusted",
    "run_user",
    "spawn_self",
    "stream_user",
    "user_environment",
    "without_processes",
]
