"""The terminal itself: its driver, first paint, clipboard, and how it is given back."""
