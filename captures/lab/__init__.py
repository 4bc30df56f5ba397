"""Recreates incidents with real Linux stacks, and writes down what happened from the logs of those who made it happen."""
