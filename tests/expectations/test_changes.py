from netdiag.expectations.changes import changes
from netdiag.expectations.difference import Difference

A = {
    "findings": [
        {"id": "ND101-a", "severity": "high", "detector": "d", "summary": "Bad.", "metrics": {"n": 1, "p": 0.1}, "frames": [1, 2]},
        {"id": "ND101-b", "severity": "low", "detector": "d", "summary": "Mild.", "metrics": {}, "frames": []},
    ],
    "inputs": [{"path": "x", "packets": 3}],
}


def changed(**keys):
    return {**A, "findings": [{**A["findings"][0], **keys}, A["findings"][1]]}


def test_the_same_has_no_difference_not_even_in_the_last_digit():
    assert list(changes(A, A)) == []
    assert list(changes(A, changed(metrics={"n": 1, "p": 0.1 * (1 + 1e-9)}))) == []


def test_a_value_is_named_by_its_place():
    (one,) = changes(A, changed(metrics={"n": 2, "p": 0.1}))
    assert one == Difference("findings[ND101-a].metrics.n", "1", "2")
    (one,) = changes(A, changed(frames=[1, 3]))
    assert one == Difference("findings[ND101-a].frames", "[1, 2]", "[1, 3]")


def test_an_int_is_no_bool_and_no_float():
    assert len(list(changes({"x": 1}, {"x": True}))) == 1
    assert len(list(changes({"x": 1}, {"x": 1.0}))) == 1


def test_what_came_and_went_is_told_by_its_summary():
    shorter = {**A, "findings": A["findings"][1:]}
    assert list(changes(A, shorter)) == [Difference("findings[ND101-a]", "high, d, Bad.", "nothing")]
    assert list(changes(shorter, A)) == [Difference("findings[ND101-a]", "nothing", "high, d, Bad.")]
    assert list(changes({"x": 1}, {})) == [Difference("x", "1", "nothing")]


def test_an_order_and_a_number_of_entries_are_differences():
    (one,) = changes(A, {**A, "findings": A["findings"][::-1]})
    assert one.path == "findings"
    assert "ND101-b" in one.got
    (one,) = changes(A, {**A, "inputs": [*A["inputs"], {"path": "y", "packets": 1}]})
    assert one == Difference("inputs", "1 entries", "2 entries")
    (one,) = changes(A, {**A, "inputs": [{"path": "x", "packets": 4}]})
    assert one == Difference("inputs[0].packets", "3", "4")
