"""Business time, clocks and escalation levels."""
