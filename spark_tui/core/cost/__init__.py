"""What tokens cost, and when to ask before spending. Pure."""
