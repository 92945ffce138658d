"""The starters: that each is worth copying as it stands."""
