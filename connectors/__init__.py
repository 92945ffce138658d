"""The edge: one folder per outside system, mail transports among them; found by name through the registry."""
