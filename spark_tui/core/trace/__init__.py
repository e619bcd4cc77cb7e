"""Latency traces: one turn as JSON lines, without its text unless the person opted in.

`encode` writes events as lines, `decode` reads them back as events, `phases` measures and compares,
`perfetto` and `otlp` write other tools' formats. The format: `docs/traces.md`.
"""
