"""What the commands do: from a key to the part of the screen or the conductor it is for."""
