"""How runs are put together."""
