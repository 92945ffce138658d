"""The use cases, one file a verb; Prefect tasks, the CLI and the web app call them."""
