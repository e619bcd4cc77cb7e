"""Where instructions are typed."""
