"""How Prefect runs the operations: task shells with retries, timeouts and artifacts; called by flows only."""
