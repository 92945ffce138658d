"""Mappings of well-known reports: a user's mapping names one with ``preset:`` and says what it cannot know."""
