"""The operations, each on both databases."""
