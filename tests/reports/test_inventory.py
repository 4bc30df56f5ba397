from netdiag.reports.document import info
from netdiag.reports.inventory import lines


def test_a_block_per_input(fake_result):
    text = "\n".join(lines(info(fake_result), 80))
    assert text.startswith("a.pcap\n  format      pcap; ETHERNET\n  packets     13,143 in 1,101,265 bytes\n")
    assert "  holds       13,000 tcp\n" in text
    assert "  odd         3 truncated: a header runs past the captured bytes" in text
    assert "  status      truncated: byte 7: cut" in text
    assert max(map(len, text.splitlines())) <= 80
