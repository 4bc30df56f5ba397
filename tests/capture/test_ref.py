"""A packet is named by one number."""

import numpy as np

from netdiag.capture.record import RECORD
from netdiag.capture.ref import REF_FILE_SHIFT, REF_FRAME_MASK


def test_a_reference_holds_file_and_frame():
    ref = 7 << REF_FILE_SHIFT | 123_456
    assert (ref >> REF_FILE_SHIFT, ref & REF_FRAME_MASK) == (7, 123_456)
    assert np.array([ref], RECORD["ref"])[0] == ref
