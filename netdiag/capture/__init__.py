"""Opens captures: finds, decompresses and orders the inputs, and says where each packet lies in their bytes.

The only room that opens input files. It knows bytes, not packets: `Capture.chunks` gives buffers and RECORD rows
(`record.py`), in order of time over all inputs. A format is a file in `formats/` (contract in `format.py`), a
compression is a row in `compression.py`.

Damage never raises once something could be read: what comes before it is given, and the `Input` says how far that
went. Not supported: compression inside compression, archives, resuming behind damage, the vendors' variants of
classic pcap that share its magic number.
"""
