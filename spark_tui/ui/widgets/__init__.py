"""Widgets: each paints one part of the session value."""
