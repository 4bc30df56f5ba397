from netdiag.packets.packet import Oddity
from netdiag.reports.quality import ODDITIES, counted


def test_every_oddity_has_its_sentence():
    assert {str(oddity.name).lower() for oddity in Oddity} <= set(ODDITIES)


def test_a_count_keeps_its_name_and_number():
    assert counted({"truncated": 2}, ODDITIES) == {"truncated": {"count": 2, "note": ODDITIES["truncated"]}}
