"""What config.toml and theme files say, read into frozen values. Pure."""
