"""Latency traces: one turn as JSON lines, without its text unless the person opted in.

decode    A trace's lines as events again; what was not recorded as text comes back as dots
encode    Events of one turn as the lines of its trace
otlp      A turn as OpenTelemetry spans in OTLP's JSON encoding, for any collector's file receiver
perfetto  A turn in the trace event format of Chrome and Perfetto
phases    Where the time of a recorded turn went, and how two turns differ, phase by phase
schema    What lines a trace has: kinds, version, and what is written only where text is wanted
settings  The `[traces]` table of the user's settings
shift     The same events at another time: a replay has the clock of today

The format: `docs/traces.md`.
"""
