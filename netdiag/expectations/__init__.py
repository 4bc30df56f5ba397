"""Holds netdiag to it: what a known capture must and must not yield.

A folder with an `expect.toml` is a test. The file says, by hand, what is known of the capture from how it was made;
`report.json` beside it is the whole result as it was when somebody last looked (golden). An expectation is never
rewritten by a machine, a golden is never edited by hand.
"""
