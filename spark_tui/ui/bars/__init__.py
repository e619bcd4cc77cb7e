"""The rows and panels around the transcript: header, rule, keys, status, changes."""
