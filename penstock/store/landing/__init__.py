"""Landing a page: what its records become, column by column. Used by the ingest and quarantine operations only.

Instants are microseconds in here, and a page is worked on as columns: making a datetime or a row object for each of a
few hundred thousand records would take longer than storing them.
"""
