"""Real data, from its files to decisions, handoffs and messages."""
