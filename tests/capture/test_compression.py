"""Compressions are told by their first bytes, and decoders have one shape."""

import pytest

from netdiag.capture.compression import BROKEN, COMPRESSIONS, MAGIC_BYTES


@pytest.mark.parametrize("compression", COMPRESSIONS, ids=lambda c: c.name)
def test_a_decoder_bounds_its_output_and_knows_its_end(files, compression):
    packed = files.COMPRESS[compression.name](bytes(100_000))
    assert compression.matches(packed[:MAGIC_BYTES])
    assert [c.name for c in COMPRESSIONS if c.matches(packed)] == [compression.name]
    decoder, out = compression.decoder(), b""
    given = packed + b"rest"
    while not decoder.eof:
        made = decoder.decompress(given, 1000)
        assert len(made) <= 1000
        given = b""
        out += made
    assert (out, decoder.unused_data) == (bytes(100_000), b"rest")


@pytest.mark.parametrize("compression", COMPRESSIONS, ids=lambda c: c.name)
def test_what_a_decoder_raises_is_known(files, compression):
    packed = files.COMPRESS[compression.name](bytes(100))
    with pytest.raises(BROKEN):
        compression.decoder().decompress(packed[:5] + b"\xff" * 1000, 1000)


def test_the_dictionary_of_xz_is_bounded():
    import lzma

    packed = lzma.compress(b"a", filters=[{"id": lzma.FILTER_LZMA2, "dict_size": 1 << 30}])
    with pytest.raises(lzma.LZMAError, match="limit"):
        next(c for c in COMPRESSIONS if c.name == "xz").decoder().decompress(packed, 10)


def test_plain_captures_are_not_compressed(files):
    for write in files.WRITERS.values():
        assert not any(c.matches(write(files.SAMPLE)) for c in COMPRESSIONS)
