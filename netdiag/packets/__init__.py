"""Reads header fields of every record into one structured array, one file per protocol.

`Decoder` (decode.py) walks each packet from header to header (walk.py) and fills one PACKET row (packet.py). It knows
one packet at a time; only fragments (fragments.py) and clocks are remembered. A packet that cannot be read has a row
too, which says why (`Oddity`).

Not supported: decryption (ESP, encrypted 802.11, CAPWAP control), SCTP and DCCP ports, L2TP, TRILL, PBB, VN-Tag, MACsec,
header compression (ROHC, Van Jacobson), the final destination in IPv6 routing headers, checksums (offload leaves them
wrong on purpose), tunnels on other than their registered ports. Rare link types: links.py.
"""
