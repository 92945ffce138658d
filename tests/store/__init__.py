"""The store: tables, migrations and statements, on both databases."""
