"""Who gets a handoff: routes, ownership, round robin."""
