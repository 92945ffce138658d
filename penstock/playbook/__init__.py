"""The playbook: what marketing and sales agreed on, read, checked, compiled and explained."""
