"""One and many."""

from netdiag.findings.wording import many, were


def test_one_is_not_many() -> None:
    assert [many(count, "attempt") for count in (0, 1, 2, 1896)] == ["0 attempts", "1 attempt", "2 attempts", "1,896 attempts"]
    assert (many(1, "stretch", "stretches"), many(2, "stretch", "stretches")) == ("1 stretch", "2 stretches")
    assert [were(count) for count in (0, 1, 2)] == ["were", "was", "were"]
