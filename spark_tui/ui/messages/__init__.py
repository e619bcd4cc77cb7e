"""What the screen says, and how it names keys."""
