"""Where it runs: prefect.yaml with schedules, and the wiring that fills the ports of web app and CLI."""
