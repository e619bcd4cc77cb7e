"""Figures of measured requests: named as benchmark tools do, and their spread. Pure."""
