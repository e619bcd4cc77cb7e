"""The only package that starts processes, by profile.

child      Starting a child of any profile and waiting for it, with time, memory and output bounded
git        Profile `git`: nothing inherited, an absolute program, and every way to run another shut
importing  Imports what starts processes by itself, and lets it start none
own        Profile `self`: this program again (the simulated endpoint); it ends when we do
untrusted  Profile `untrusted`: code a model wrote, run because the person said so
user       Profile `user`: what the user configured or started by key, without keys and our GIT_*

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
)
from spark_tui.services.processes.own import OwnProcess, spawn_self
from spark_tui.services.processes.untrusted import off_the_network, run_untrusted
from spark_tui.services.processes.user import (
    attach_user,
    check_user,
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
    "check_user",
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
]
