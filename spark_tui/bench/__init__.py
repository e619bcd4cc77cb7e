"""Measures endpoints: prompts of several sizes, requests beside each other, figures and tables."""
