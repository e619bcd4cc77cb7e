"""`spark-tui prove`: was the edit right? Small tasks with hidden judges, through the real engine.

judge   What an edited tree is worth: files that must not change, then the task's judge in a process
report  Endpoints side by side: right the first time, applied, refused, times, tokens, price
run     One endpoint, task by task: each in a throw-away repository, through the engine of a session
tasks   The tasks of `tasks.toml`: what is said, what may change, and the judge that is never sent
"""
