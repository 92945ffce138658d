"""Alembic migrations of the store; run by ``penstock.store.migrate``."""
