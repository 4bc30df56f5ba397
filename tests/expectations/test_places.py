from netdiag.expectations.places import nearest, places

TEXT = '''purpose = """several
fake = lines
"""
[[finding]]
detector = "x"  # a comment
[finding.metrics]
phases.no-server-hello = 1

[[finding]]
"quoted key" = 1
[finding.metrics] # again
trips = 2
[options.detectors."a-b"]
window_s = 5
'''


def test_every_key_has_its_line():
    found = places(TEXT)
    assert found["purpose",] == 1
    assert ("fake",) not in found
    assert found["finding", 0] == 4
    assert found["finding", 0, "detector"] == 5
    assert found["finding", 0, "metrics", "phases", "no-server-hello"] == 7
    assert found["finding", 1, "quoted key"] == 10
    assert found["finding", 1, "metrics", "trips"] == 12
    assert found["options", "detectors", "a-b", "window_s"] == 14


def test_a_place_without_a_line_has_that_of_its_table():
    found = places(TEXT)
    assert nearest(found, ("finding", 1, "metrics", "inline", "x")) == 11
    assert nearest(found, ("nowhere",)) == 1
