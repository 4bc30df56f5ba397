import csv
import io
import json

from netdiag.reports.csv import COLUMNS, REPORT


def test_one_row_per_finding(mild):
    rows = list(csv.DictReader(io.StringIO(REPORT.render(mild))))
    assert tuple(rows[0]) == COLUMNS
    assert [row["id"] for row in rows] == [finding["id"] for finding in mild["findings"]]
    assert json.loads(rows[0]["metrics"]) == mild["findings"][0]["metrics"]
    assert rows[0]["connections"] == "1"


def test_names_from_packets_are_no_formulas(hostile):
    for row in csv.reader(io.StringIO(REPORT.render(hostile))):
        assert not any(value.startswith(("=", "+", "-", "@")) for value in row)
    assert "'=cmd|" in REPORT.render(hostile)
