"""Reads header fields of every record into one structured array, one file per protocol."""
