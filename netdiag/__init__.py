"""Diagnoses connection trouble in packet captures: a verdict per source, with the packets that prove it."""

__version__ = "0.1.0"
