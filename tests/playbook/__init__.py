"""The playbook: read, checked, compiled, explained."""
