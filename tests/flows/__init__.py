"""Real Prefect flows over one temporary server, and `up` as a script starts it."""
