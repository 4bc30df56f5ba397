import csv
import io
import json


def test_table(netdiag, collision):
    head, row = netdiag("sources", collision).out.splitlines()
    assert head.split() == "source connections established failed stalled reused_ports severity verdict".split()
    assert row.split()[0] == "10.9.0.1"
    assert row.split()[-1] == "tcp-state-collision"


def test_the_same_in_every_format(netdiag, collision):
    entries = json.loads(netdiag("sources", collision, "--json").out)
    (row,) = csv.DictReader(io.StringIO(netdiag("sources", collision, "--format", "csv").out))
    (line,) = netdiag("sources", collision, "--format", "ndjson").out.splitlines()
    assert json.loads(line) == entries[0]
    assert row["source"] == entries[0]["source"]
    assert row["verdict"] == entries[0]["verdict"]["cause"]
    assert int(row["reused_ports"]) == entries[0]["reused_ports"]


def test_labels_name_populations(netdiag, collision, tmp_path):
    file = tmp_path / "labels.csv"
    file.write_text("cidr,label\n10.9.0.0/16,ci runners\n")
    (entry,) = json.loads(netdiag("sources", collision, "--labels", str(file), "--json").out)
    assert entry["label"] == "ci runners"


def test_labels_that_cannot_be_read_are_a_usage_error(netdiag, collision, tmp_path):
    told = netdiag("sources", collision, "--labels", str(tmp_path / "nothing"))
    assert told.code == 2
    assert "--labels takes a CSV file" in told.err
