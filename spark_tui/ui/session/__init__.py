"""The session screen: what holds its parts together while turns run.

bars_refresh    What the bars show now: from session, keyboard, draft and lists to each bar's state
context         What the parts of the session screen may touch of it, beyond what actions may
one_shot        One quick edit and out: the screen of `spark-tui edit` on a terminal
race            A race on the screen: two columns, and one transcript afterwards
receipt         What stays in the scrollback after quitting: files, decisions, speed, the way back
reduced_motion  Reduced motion: whole hunks only, digits at the end
screen          The session screen: composes the widgets and folds frames into them
stopping        Stopping the answer that runs, and saying how long that took and what is left
waiting         While an answer runs: waiting 3 s, stalled; no timer while nothing runs
"""
