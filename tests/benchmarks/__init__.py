"""Measurements, printed by ``make bench``; never asserted as seconds."""
