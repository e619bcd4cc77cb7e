"""An endpoint looked at step by step, for `spark-tui doctor` and the form that sets one up."""
