"""Sequences: choosing, steps, exits, the leading definition."""
