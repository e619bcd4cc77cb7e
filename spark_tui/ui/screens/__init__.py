"""Whole screens: session, help, endpoint list."""
