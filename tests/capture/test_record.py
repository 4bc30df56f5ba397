"""The contract between the capture room and the packets room."""

import numpy as np

from netdiag.capture.record import RECORD, REF_FILE_SHIFT, REF_FRAME_MASK, SCRATCH


def test_a_reference_holds_file_and_frame():
    ref = 7 << REF_FILE_SHIFT | 123_456
    assert (ref >> REF_FILE_SHIFT, ref & REF_FRAME_MASK) == (7, 123_456)
    assert np.array([ref], RECORD["ref"])[0] == ref


def test_rows_are_aligned():
    assert RECORD.isalignedstruct


def test_a_whole_datagram_fits_the_scratch_area():
    assert SCRATCH >= 65_535
