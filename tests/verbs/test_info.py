import json


def test_counts_are_those_of_wireshark(netdiag, collision):
    (entry,) = json.loads(netdiag("info", "--json", collision).out)["inputs"]
    assert entry["counts"]["packets"] == entry["packets"] == 13143
    assert (entry["counts"]["syn"], entry["counts"]["syn_ack"], entry["counts"]["rst"]) == (1898, 1483, 418)
    assert entry["oddities"] == {}


def test_text(netdiag, healthy):
    out = netdiag("info", healthy).out
    assert "  packets     13 in 4,146 bytes\n" in out
    assert "  names       lab.example\n" in out
