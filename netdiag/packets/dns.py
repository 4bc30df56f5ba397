"""Recognises DNS messages on port 53.

Source: RFC 1035 section 4.1.1 (header), section 4.2.2 (length before a message over TCP).
"""

from typing import Any

import numpy as np

from netdiag.kernel import be16, step
from netdiag.packets.walk import HAS_DNS, offsets

HEADER = np.dtype(
    [("id", ">u2"), ("flags", ">u2"), ("questions", ">u2"), ("answers", ">u2"), ("authorities", ">u2"), ("additional", ">u2")]
)
_, FLAGS, QUESTIONS, ANSWERS, AUTHORITIES, ADDITIONAL = offsets(HEADER)
SIZE = np.int64(HEADER.itemsize)

LAST_OPCODE = 6  # DNS stateful operations (RFC 8490)
MOST_QUESTIONS = 16


@step
def dns(b: Any, at: Any, cap: Any, row: Any) -> None:
    """Note DNS if the bytes look like a message header: a known opcode, something in it, few questions."""
    if at + SIZE > cap:
        return
    opcode = be16(b, at + FLAGS) >> 11 & 15
    questions = be16(b, at + QUESTIONS)
    records = be16(b, at + ANSWERS) + be16(b, at + AUTHORITIES) + be16(b, at + ADDITIONAL)
    if opcode <= LAST_OPCODE and questions <= MOST_QUESTIONS and questions + records > 0:
        row.layers |= HAS_DNS


@step
def dns_over_tcp(b: Any, at: Any, cap: Any, row: Any) -> None:
    """Note DNS at the start of a segment; a message's later segments are not recognised."""
    if at + 2 + SIZE <= cap and be16(b, at) >= SIZE:
        dns(b, at + 2, cap, row)
