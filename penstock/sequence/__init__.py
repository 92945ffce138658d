"""Nurture sequences: steps, rails and the choice of content."""
