"""Who gets a handoff, by routes, ownership and round robin, and what they are told in notes and alerts."""
