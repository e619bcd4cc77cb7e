"""The built-in endpoint: a real loopback server process, always labelled simulated."""
