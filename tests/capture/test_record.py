"""The contract between the capture room and the packets room."""

from netdiag.capture.record import RECORD
from netdiag.capture.slab import SCRATCH


def test_rows_are_aligned():
    assert RECORD.isalignedstruct


def test_a_whole_datagram_fits_the_scratch_area():
    assert SCRATCH >= 65_535
