"""States what was found, and holds the words it is found in: outcomes of attempts, groups of rows, exact tests, citations."""
