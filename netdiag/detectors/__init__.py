"""Judges tables: one self-contained file per detector; presence in this folder is registration.

Not supported: detectors that look at packets, at files, at the clock or at each other.
"""
