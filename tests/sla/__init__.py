"""Tests of penstock.sla."""
