"""Holds one file per capture format; a file with a `FORMAT` is registered by being here."""
