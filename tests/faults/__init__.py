"""Kills: operations and whole processes that die at every moment, and what a rerun makes of it."""
