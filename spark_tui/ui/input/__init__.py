"""Keys: what terminals send, which command they mean, and who has the keyboard."""
