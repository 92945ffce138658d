"""What connectors share: HTTP with retries, hashes of records, cursors, checked YAML, MIME. Only connectors import it."""
