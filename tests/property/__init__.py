"""Properties that hold for any playbook and any history."""
