"""Holds the scenarios: one short file each, named by what happens."""
