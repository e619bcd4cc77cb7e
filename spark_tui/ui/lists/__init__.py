"""Lists over the transcript, what is in them, and finding in them by letters."""
