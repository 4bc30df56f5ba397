"""Holds the rival causes of domain knowledge: one file per cause, independent of each other."""
