"""The web app, through its own face and in a browser."""
