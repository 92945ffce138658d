"""Mail: composed, linked, signed."""
