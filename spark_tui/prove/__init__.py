"""`spark-tui prove`: was the edit right? Small tasks with hidden judges, through the real engine.

tasks    the tasks: what is said, what may change, and the judge that is never sent
judge    what an edited tree is worth: runs the judge in a private folder, bounded, without keys
run      one endpoint, task by task, each in a throw-away repository of its own
report   side by side: right the first time, applied, refused, times, tokens, price
"""
