"""A file to read and to point at."""
