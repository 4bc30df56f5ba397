"""Reads TLS records and clear-text handshake messages of one direction (RFC 8446, RFC 5246).

Bodies are skipped, except ClientHello and ServerHello, which are gathered over records and read. What is encrypted is
told by record type, direction and order alone.
"""

from typing import Any

import numpy as np

from netdiag.connections.connection import Mark, Tls
from netdiag.connections.names import name_id
from netdiag.connections.state import LOST_STREAM, OTHER_STREAM, SEED, TLS_STREAM
from netdiag.kernel import be16, be32, be64, step

CHANGE_CIPHER_SPEC, ALERT, HANDSHAKE, APPLICATION_DATA, HEARTBEAT = 20, 21, 22, 23, 24
CLIENT_HELLO, SERVER_HELLO, CERTIFICATE_REQUEST, SERVER_HELLO_DONE = 1, 2, 13, 14
SERVER_NAME, ALPN, PRE_SHARED_KEY, EARLY_DATA, SUPPORTED_VERSIONS = 0, 16, 41, 42, 43
RECORD_HEADER, MESSAGE_HEADER = 5, 4
COMMA = 44
RECORD_MAX = (1 << 14) + 2048
"""Longest record body (RFC 5246 6.2.3)."""
ENCRYPTED_ALERT = 19
"""Length of a TLS 1.3 record that holds an alert: 2 bytes, content type, 16 bytes of tag (RFC 8446 5.2)."""
TLS13 = 0x0304
WARNING, FATAL = 1, 2
HELLO_RETRY_WORD = 0xCF21AD74
"""First word of the random that makes a ServerHello a HelloRetryRequest (RFC 8446 4.1.3)."""
HELLO_RETRY_WORD_2 = 0xE59A6111

_TLS = int(Tls.TLS)
_HELLO_RETRY, _RESUMED, _EARLY_DATA, _CLIENT_CERTIFICATE = (
    int(Mark.HELLO_RETRY),
    int(Mark.RESUMED),
    int(Mark.EARLY_DATA),
    int(Mark.CLIENT_CERTIFICATE),
)


@step
def looks_like_hello(b: Any, at: Any, end: Any) -> Any:
    """Whether bytes begin a TLS handshake record with a ClientHello or ServerHello."""
    if end - at < 6:
        return False
    return b[at] == HANDSHAKE and b[at + 1] == 3 and b[at + 2] <= 4 and (b[at + 5] == CLIENT_HELLO or b[at + 5] == SERVER_HELLO)


@step
def gather(b: Any, pos: Any, end: Any, record_left: Any, message: Any) -> Any:
    """Collect the handshake message that starts at b[pos] from its records.

    Returns (message length with header or -1 while bytes are missing or -2 if it is broken, position after it, bytes left of the
    record there). The first `message.size` bytes are in `message`.
    """
    have, need = 0, MESSAGE_HEADER
    left = record_left
    while True:
        if left == 0:
            if pos + RECORD_HEADER > end:
                return -1, pos, left
            if b[pos] != HANDSHAKE or b[pos + 1] != 3:
                return -2, pos, left
            left = be16(b, pos + 3)
            if left == 0 or left > RECORD_MAX:
                return -2, pos, left
            pos += RECORD_HEADER
        n = min(min(left, need - have), end - pos)
        for k in range(n):
            if have + k < message.size:
                message[have + k] = b[pos + k]
        have, pos, left = have + n, pos + n, left - n
        if have == MESSAGE_HEADER and need == MESSAGE_HEADER:
            need = MESSAGE_HEADER + (be32(message, 0) & 0xFFFFFF)
        if have == need:
            return have, pos, left
        if pos >= end:
            return -1, pos, left


@step
def alpn_text(m: Any, at: Any, end: Any, text: Any) -> Any:
    """Write the ProtocolNameList m[at:end] as comma-separated names to `text`; returns their length."""
    out, pos = np.int64(0), at + 2
    while pos < end:
        n = np.int64(m[pos])
        if pos + 1 + n > end or out + 1 + n > text.size:
            break
        if out:
            text[out] = COMMA
            out += 1
        for k in range(n):
            text[out + k] = m[pos + 1 + k]
        out, pos = out + n, pos + 1 + n
    return out


@step
def client_hello(r: Any, here: Any, m: Any, pos: Any, length: Any, arena: Any, names: Any, name_table: Any, meta: Any, text: Any) -> None:
    """Read server name, ALPN and random of the ClientHello message m[pos : pos + length] into the row."""
    end = pos + length
    r.hello_len = length
    pos += MESSAGE_HEADER + 2
    if end > m.size or pos + 33 > end:
        return
    r.hello_random = be64(m, pos)
    pos += 32
    pos += 1 + np.int64(m[pos])
    if pos + 2 > end:
        return
    pos += 2 + be16(m, pos)
    if pos + 1 > end:
        return
    pos += 1 + np.int64(m[pos])
    if pos + 2 > end:
        return
    pos += 2
    named = offered = False  # an extension may not repeat (RFC 8446 4.2), and the caller has room for two names only
    while pos + 4 <= end:
        kind, size = be16(m, pos), be16(m, pos + 2)
        pos += 4
        if pos + size > end:
            return
        if kind == SERVER_NAME and not named and size >= 5 and m[pos + 2] == 0 and 5 + be16(m, pos + 3) <= size:
            named = True
            r.sni = name_id(m, pos + 5, be16(m, pos + 3), arena, names, name_table, meta, meta[SEED])
        elif kind == ALPN and not offered and size >= 2:
            offered = True
            n = alpn_text(m, pos, pos + size, text)
            r.alpn = name_id(text, np.int64(0), n, arena, names, name_table, meta, meta[SEED])
        elif kind == EARLY_DATA:
            here.marks |= _EARLY_DATA
        pos += size


@step
def server_hello(r: Any, here: Any, m: Any, pos: Any, length: Any) -> Any:
    """Read version and kind of the ServerHello message m[pos : pos + length] into the row; True if it asks for another ClientHello."""
    end = pos + length
    pos += MESSAGE_HEADER
    if end > m.size or pos + 35 > end:
        return False
    version = be16(m, pos)
    again = be32(m, pos + 2) == HELLO_RETRY_WORD and be32(m, pos + 6) == HELLO_RETRY_WORD_2
    pos += 34
    pos += 1 + np.int64(m[pos]) + 3
    if pos + 2 <= end:
        pos += 2
        while pos + 4 <= end:
            kind, size = be16(m, pos), be16(m, pos + 2)
            pos += 4
            if kind == SUPPORTED_VERSIONS and size == 2 and pos + 2 <= end:
                version = be16(m, pos)
            elif kind == PRE_SHARED_KEY and not again:
                here.marks |= _RESUMED
            pos += size
    r.tls_version = TLS13 if version >> 8 == 0x7F else version  # 0x7fNN: drafts of TLS 1.3
    if again:
        here.marks |= _HELLO_RETRY
    return again


@step
def done(r: Any, here: Any, ts_ns: Any, ref: Any) -> None:
    """Note that the handshake is complete."""
    if not here.tls_done:
        here.tls_done = 1
        r.tls_done_ns, r.tls_done_ref = ts_ns, ref


@step
def finished(r: Any, here: Any, way: int, ts_ns: Any, ref: Any) -> None:
    """Note a side's Finished; both make the handshake complete."""
    if way == 0:
        if r.client_finish_ns == 0:
            r.client_finish_ns, r.client_finish_ref = ts_ns, ref
            if r.server_finish_ns == 0 and 0 < r.tls_version < TLS13:
                here.marks &= ~np.uint32(_RESUMED)
    elif r.server_finish_ns == 0:
        r.server_finish_ns, r.server_finish_ref = ts_ns, ref
        if r.client_finish_ns == 0:
            here.marks |= np.uint32(_RESUMED)
    if r.client_finish_ns and r.server_finish_ns:
        done(r, here, ts_ns, ref)


@step
def alerted(r: Any, way: int, level: int, description: int, ts_ns: Any, ref: Any) -> None:
    """Note the first alert of the handshake; a fatal one replaces a warning."""
    if r.tls_done_ns == 0 and (r.alert_by == 0 or (r.alert_level == WARNING and level == FATAL)):
        r.alert_by, r.alert_level, r.alert_description = way + 1, level, description
        r.alert_ns, r.alert_ref = ts_ns, ref


@step
def begin_record(r: Any, here: Any, mine: Any, peer: Any, way: int, ts_ns: Any, ref: Any) -> None:
    """Draw what can be drawn from a record's header alone."""
    kind = mine.record_type
    mine.records += 1
    if kind == CHANGE_CIPHER_SPEC:
        mine.ciphered = 1
    elif kind == HANDSHAKE and mine.ciphered and 0 < r.tls_version < TLS13:
        finished(r, here, way, ts_ns, ref)
        if way == 1:
            mine.flight_done = 1
    elif kind == APPLICATION_DATA and r.tls_version >= TLS13:
        if way == 1:
            mine.app_records += 1
            if mine.app_records == 1 and mine.record_left == ENCRYPTED_ALERT:
                alerted(r, 1, 0, 0, ts_ns, ref)
        elif peer.app_records:
            if mine.record_left == ENCRYPTED_ALERT and r.client_finish_ns == 0:
                alerted(r, 0, 0, 0, ts_ns, ref)
            else:
                finished(r, here, 0, ts_ns, ref)
                done(r, here, ts_ns, ref)
    elif kind == APPLICATION_DATA and r.tls_version:
        done(r, here, ts_ns, ref)  # TLS <= 1.2: data only after both Finished


@step
def clear_messages(r: Any, mine: Any) -> Any:
    """Whether the current record holds clear-text handshake messages."""
    return mine.record_type == HANDSHAKE and not (mine.ciphered and 0 < r.tls_version < TLS13)


@step
def read_hello(
    r: Any, here: Any, kind: int, done: Any, m: Any, pos: Any, length: Any, ts_ns: Any, ref: Any,
    arena: Any, names: Any, name_table: Any, meta: Any, text: Any,
) -> Any:  # fmt: skip
    """Note a whole hello message; returns bit 1 for a ClientHello, bit 2 for a ServerHello, 0 for any other message.

    `done` has these bits for what the same packet brought before: of several ClientHellos in one the first is read.
    """
    if kind == CLIENT_HELLO:
        if not done & 1:
            client_hello(r, here, m, pos, length, arena, names, name_table, meta, text)
        here.asked_again = 0
        r.hellos += 1
        if r.hello_done_ns == 0:
            r.hello_done_ns, r.hello_done_ref = ts_ns, ref
        return 1
    if kind == SERVER_HELLO:
        here.asked_again = 1 if server_hello(r, here, m, pos, length) else 0
        r.server_hellos += 1
        if r.server_hello_ns == 0:
            r.server_hello_ns, r.server_hello_ref = ts_ns, ref
        return 2
    return 0


@step
def parse(
    b: Any, pos: Any, end: Any, r: Any, here: Any, mine: Any, peer: Any, way: int, ts_ns: Any, ref: Any,
    arena: Any, names: Any, name_table: Any, meta: Any, message: Any,
) -> Any:  # fmt: skip
    """Read records from b[pos:end], which begin where the last call stopped.

    Returns (position of the first byte not taken, bit 1 if a ClientHello and bit 2 if a ServerHello was completed). Sets `stream` to
    OTHER_STREAM or LOST_STREAM where the bytes are not TLS. The caller keeps room for two more names per call.
    """
    hellos = np.int64(0)
    while pos < end:
        if mine.record_left == 0:
            kind = b[pos]
            if kind < CHANGE_CIPHER_SPEC or kind > HEARTBEAT or (pos + 1 < end and b[pos + 1] != 3):
                mine.stream = LOST_STREAM if mine.records else OTHER_STREAM
                return pos, hellos
            if pos + RECORD_HEADER > end:
                return pos, hellos
            size = be16(b, pos + 3)
            if size > RECORD_MAX:
                mine.stream = LOST_STREAM if mine.records else OTHER_STREAM
                return pos, hellos
            mine.stream = TLS_STREAM
            r.tls = _TLS
            mine.record_type, mine.record_left = kind, size
            mine.message_left = 0 if kind != HANDSHAKE else mine.message_left
            pos += RECORD_HEADER
            begin_record(r, here, mine, peer, way, ts_ns, ref)
        elif mine.message_left == 0 and clear_messages(r, mine):
            kind = b[pos]
            if kind != CLIENT_HELLO and kind != SERVER_HELLO and mine.record_left >= MESSAGE_HEADER:
                if pos + MESSAGE_HEADER > end:
                    return pos, hellos
                if way == 1 and kind == SERVER_HELLO_DONE:
                    mine.flight_done = 1
                elif way == 1 and kind == CERTIFICATE_REQUEST:
                    here.marks |= _CLIENT_CERTIFICATE
                mine.message_left = be32(b, pos) & 0xFFFFFF
                mine.record_left -= MESSAGE_HEADER
                pos += MESSAGE_HEADER
                continue
            length = MESSAGE_HEADER + (be32(b, pos) & 0xFFFFFF) if pos + MESSAGE_HEADER <= end else np.int64(-1)
            if MESSAGE_HEADER <= length <= mine.record_left and pos + length <= end:  # whole in its record: read where it lies
                hellos |= read_hello(r, here, kind, hellos, b, pos, length, ts_ns, ref, arena, names, name_table, meta, message)
                pos += length
                mine.record_left -= length
            else:
                length, after, left = gather(b, pos, end, np.int64(mine.record_left), message)
                if length == -1:
                    return pos, hellos
                if length < 0:
                    mine.stream = LOST_STREAM
                    return pos, hellos
                hellos |= read_hello(
                    r, here, kind, hellos, message, np.int64(0), length, ts_ns, ref, arena, names, name_table, meta, message
                )  # fmt: skip
                pos, mine.record_left = after, left
        elif mine.record_type == ALERT and mine.record_left == 2 and not mine.ciphered:
            if pos + 2 > end:
                return pos, hellos
            alerted(r, way, b[pos], b[pos + 1], ts_ns, ref)
            mine.record_left = 0
            pos += 2
        else:
            n = min(np.int64(mine.record_left), end - pos)
            if mine.message_left and clear_messages(r, mine):
                n = min(n, np.int64(mine.message_left))
                mine.message_left -= n
            mine.record_left -= n
            pos += n
    return pos, hellos
