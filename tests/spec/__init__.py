"""What a playbook can say, by example: each file is one idea with its YAML, small histories, and the decision."""
