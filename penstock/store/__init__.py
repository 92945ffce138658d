"""The store: tables, engines, statements and migrations; used by operations and the web app only."""
