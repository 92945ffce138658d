"""Tests of penstock.routing."""
