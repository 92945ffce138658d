"""What connectors share: HTTP with retries, hashes, cursors, checked YAML, MIME. Only connectors import it."""
