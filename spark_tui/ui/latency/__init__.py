"""What the screen shows of latency: line, waterfall, session report."""
