"""The session screen: what holds its parts together while turns run."""
