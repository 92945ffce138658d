"""Mutants of the compiler: each comparison, bound, cap, sign and join changed, one at a time, and who notices.

Run by `make mutants`, by nothing else: some 880 mutants take ten seconds each, one for each core at a time. What
survives is listed with its place, or with a reason in equivalent.txt.
"""
