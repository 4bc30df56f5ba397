"""Names a packet of a capture by one number: index of its file << 40 | 1-based frame number in that file (Wireshark's frame.number)."""

REF_FILE_SHIFT = 40
REF_FRAME_MASK = (1 << REF_FILE_SHIFT) - 1
