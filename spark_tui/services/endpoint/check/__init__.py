"""An endpoint looked at step by step, for `spark-tui doctor` and the set-up form.

advice  What to do about a failed step, in plain words
probe   Name, connection, proxy, TLS, key, model, answer, WebSocket: each step timed
"""
