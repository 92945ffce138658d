"""The tests; they mirror the packages, and the shape of the code is one of them."""
