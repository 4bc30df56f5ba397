import pytest

from netdiag.reports.community_id import community_id

# The specification's own baseline (TCP and UDP, IPv4 and IPv6), seed 0.
BASELINE = [
    (("128.232.110.120", 34855, "66.35.250.204", 80, 6), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    (("66.35.250.204", 80, "128.232.110.120", 34855, 6), "1:LQU9qZlK+B5F3KDmev6m5PMibrg="),
    (("192.168.1.52", 54585, "8.8.8.8", 53, 17), "1:d/FP5EW3wiY1vCndhwleRRKHowQ="),
    (("2001:470:e5bf:dead:4957:2174:e82c:4887", 63943, "2607:f8b0:400c:c03::1a", 25, 6), "1:/qFaeAR+gFe1KYjMzVDsMv+wgU4="),
]


@pytest.mark.parametrize(("ends", "expected"), BASELINE)
def test_baseline(ends, expected):
    assert community_id(*ends) == expected


def test_direction_does_not_matter():
    assert community_id("10.0.0.1", 5, "10.0.0.1", 4) == community_id("10.0.0.1", 4, "10.0.0.1", 5)
