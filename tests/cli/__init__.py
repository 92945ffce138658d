"""The command line: what it does, and what it says to those who misuse it."""
