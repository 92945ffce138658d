"""The words: mail, handoff, alert and web templates and starter playbooks; read with importlib.resources."""
