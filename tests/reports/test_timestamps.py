import pytest
from hypothesis import given
from hypothesis import strategies as st

from netdiag.errors import ConfigError
from netdiag.reports.timestamps import Clock, parse, rfc3339, shower


@given(st.integers(min_value=-(1 << 62), max_value=(1 << 63) - 1))
def test_no_nanosecond_is_lost(ns):
    assert parse(rfc3339(ns)) == ns


def test_known_times():
    assert rfc3339(0) == "1970-01-01T00:00:00.000000000Z"
    assert rfc3339(1_795_372_808_230_227_001) == "2026-11-22T18:40:08.230227001Z"
    assert parse("2026-11-22T19:40:08.230227001+01:00") == 1_795_372_808_230_227_001
    assert parse("2026-11-22 18:40:08z") == 1_795_372_808_000_000_000
    assert parse("1795372808.230227001") == 1_795_372_808_230_227_001


@pytest.mark.parametrize(
    "text", ["", "now", "2026-11-22", "2026-13-22T00:00:00Z", "2026-11-22T18:40:08", "-5", "1e9", "2026-11-22T18:40:08.1234567891Z"]
)
def test_what_is_no_time_says_how_to_write_one(text):
    with pytest.raises(ConfigError, match="2026-11-22T18:40:08Z"):
        parse(text)


def test_clocks(monkeypatch):
    import time

    monkeypatch.setenv("TZ", "Asia/Kathmandu")
    time.tzset()
    moment = rfc3339(1_795_372_808_230_227_001)
    shown = {clock: shower(clock, 1_795_372_809_000_000_000)(moment) for clock in Clock}
    monkeypatch.undo()
    time.tzset()
    assert shown == {
        Clock.UTC: moment,
        Clock.LOCAL: "2026-11-23T00:25:08.230227001+0545",
        Clock.EPOCH: "1795372808.230227001",
        Clock.REL: "-0.769772999s",
    }
