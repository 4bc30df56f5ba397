"""zstd frames: every header layout, blocks of all kinds, skippable frames, and data that is none."""

import io
import random

import pytest
import zstandard

from netdiag.capture.zstd import ZstdDecoder

DATA = random.Random(1).randbytes(300_000) + bytes(300_000) + b"ab" * 100_000


def decode(data: bytes, step: int = 1000, most: int = 1 << 17) -> tuple[bytes, ZstdDecoder]:
    decoder, out, at = ZstdDecoder(), b"", 0
    while not decoder.eof:
        given = b""
        if decoder.needs_input:
            given, at = data[at : at + step], at + step
            if not given:
                break
        made = decoder.decompress(given, most)
        assert len(made) <= most
        out += made
    return out, decoder


@pytest.mark.parametrize("checksum", [False, True])
@pytest.mark.parametrize("sized", [False, True])
@pytest.mark.parametrize("size", [0, 1, 255, 256, 66_000, len(DATA)])
@pytest.mark.parametrize("most", [100, 1 << 20])
def test_frames(checksum, sized, size, most):
    compressor = zstandard.ZstdCompressor(write_checksum=checksum, write_content_size=sized)
    frame = compressor.compress(DATA[:size])
    found, decoder = decode(frame + b"rest", step=len(frame) + 4, most=most)
    assert found == DATA[:size]
    assert (decoder.eof, decoder.unused_data) == (True, b"rest")


@pytest.mark.parametrize("step", [1, 7, 1 << 16])
def test_input_in_pieces(step):
    frame = zstandard.ZstdCompressor(level=19, write_checksum=True).compress(DATA[250_000:400_000])
    assert decode(frame, step)[0] == DATA[250_000:400_000]


def test_a_streamed_frame_has_a_window_and_no_size():
    out = io.BytesIO()
    with zstandard.ZstdCompressor().stream_writer(out, closefd=False) as writer:
        writer.write(DATA)
    assert decode(out.getvalue())[0] == DATA


def test_a_skippable_frame_holds_nothing():
    found, decoder = decode(b"\x5a\x2a\x4d\x18" + (300_000).to_bytes(4, "little") + bytes(300_000) + b"rest", step=400_000)
    assert (found, decoder.eof, decoder.unused_data) == (b"", True, b"rest")


def test_a_cut_frame_has_no_end():
    frame = zstandard.ZstdCompressor(write_checksum=True).compress(DATA)
    for cut in (1, 4, 5, len(frame) - 3):
        found, decoder = decode(frame[:-cut])
        assert DATA.startswith(found)
        assert not decoder.eof


def test_a_block_beyond_the_limit_is_refused():
    header = zstandard.ZstdCompressor(write_content_size=False).compress(b"")[:6]
    with pytest.raises(zstandard.ZstdError):
        decode(header + b"\xfc\xff\xff" + bytes(100))
