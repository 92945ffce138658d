"""Tests of the connectors, the kit they stand on, and the suite that every feed passes."""
