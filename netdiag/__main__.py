"""Runs the command line as `python -m netdiag`."""

from netdiag.verbs import main

if __name__ == "__main__":
    main()
