"""Builds the TLS handshake messages that benchmark traffic carries: well-formed, with made-up keys and certificates."""

RANDOM_AT, SESSION_AT = 11, 44
"""Where random and session id (32 bytes each) lie in a record that begins with a ClientHello or ServerHello."""
HELLO_BYTES = 517
"""What browsers pad a ClientHello to, record header included (RFC 7685)."""

CHANGE_CIPHER_SPEC = bytes([20, 3, 3, 0, 1, 1])
_X25519 = 29


def u16(*values: int) -> bytes:
    return b"".join(value.to_bytes(2) for value in values)


def vector(width: int, body: bytes) -> bytes:
    """A body behind its length, as in RFC 8446 section 3.4."""
    return len(body).to_bytes(width) + body


def record(kind: int, body: bytes) -> bytes:
    return bytes([kind, 3, 3]) + vector(2, body)


def message(kind: int, body: bytes) -> bytes:
    return bytes([kind]) + vector(3, body)


def opaque(size: int) -> bytes:
    """Bytes that stand for something encrypted or random."""
    return bytes((k * 89 + (k >> 8) * 57 + 23) & 255 for k in range(size))


def client_hello(name: str, tls12: bool) -> bytes:
    """A record of HELLO_BYTES."""
    extensions = [
        (0, vector(2, b"\0" + vector(2, name.encode()))),  # server name
        (10, vector(2, u16(_X25519, 23, 24))),  # groups
        (11, vector(1, b"\0")),  # point formats
        (13, vector(2, u16(0x0403, 0x0804, 0x0401, 0x0503, 0x0805, 0x0501, 0x0806, 0x0601))),  # signature algorithms
        (16, vector(2, vector(1, b"h2") + vector(1, b"http/1.1"))),  # ALPN
        (23, b""),  # extended master secret
        (35, b""),  # session ticket
    ]
    if not tls12:
        share = u16(_X25519) + vector(2, opaque(32))
        extensions += [(43, vector(1, u16(0x0304, 0x0303))), (45, vector(1, b"\1")), (51, vector(2, share))]
    suites = u16(0x1301, 0x1302, 0x1303, 0xC02B, 0xC02F, 0xC02C, 0xC030, 0xCCA9, 0xCCA8, 0xC013, 0xC014, 0x009C, 0x009D, 0x002F, 0x0035)
    fixed = u16(0x0303) + opaque(32) + vector(1, opaque(32)) + vector(2, suites) + vector(1, b"\0")
    body = b"".join(u16(kind) + vector(2, data) for kind, data in extensions)
    padding = HELLO_BYTES - 5 - 4 - len(fixed) - 2 - len(body) - 4
    body += u16(21) + vector(2, bytes(padding))
    return record(22, message(1, fixed + vector(2, body)))


def server_flight(tls12: bool) -> bytes:
    """Everything the server sends on the ClientHello."""
    fixed = u16(0x0303) + opaque(32) + vector(1, opaque(32)) + u16(0xC02F if tls12 else 0x1301) + b"\0"
    if not tls12:
        extensions = u16(43) + vector(2, u16(0x0304)) + u16(51) + vector(2, u16(_X25519) + vector(2, opaque(32)))
        encrypted = [record(23, opaque(size)) for size in (32, 2650, 281, 53)]
        return record(22, message(2, fixed + vector(2, extensions))) + CHANGE_CIPHER_SPEC + b"".join(encrypted)
    extensions = u16(0xFF01) + vector(2, b"\0") + u16(16) + vector(2, vector(2, vector(1, b"h2"))) + u16(23) + vector(2, b"")
    chain = vector(3, b"".join(vector(3, certificate(name)) for name in (b"service.example", b"authority.example")))
    exchange = b"\3" + u16(_X25519) + vector(1, opaque(32)) + u16(0x0804) + vector(2, opaque(512))
    parts = message(2, fixed + vector(2, extensions)), message(11, chain), message(12, exchange), message(14, b"")
    return b"".join(record(22, part) for part in parts)


def client_finish(tls12: bool) -> bytes:
    if tls12:
        return record(22, message(16, vector(1, opaque(32)))) + CHANGE_CIPHER_SPEC + record(22, opaque(40))
    return CHANGE_CIPHER_SPEC + record(23, opaque(53))


def server_finish(tls12: bool) -> bytes:
    """ChangeCipherSpec and Finished; in TLS 1.3, which is done by then, a session ticket."""
    return CHANGE_CIPHER_SPEC + record(22, opaque(40)) if tls12 else record(23, opaque(250))


def certificate(name: bytes) -> bytes:
    """An X.509 certificate in DER (RFC 5280) with a 4096-bit RSA key; its signature is no signature."""

    def tlv(tag: int, *parts: bytes) -> bytes:
        body = b"".join(parts)
        size = len(body)
        length = bytes([size]) if size < 128 else bytes([0x81, size]) if size < 256 else b"\x82" + u16(size)
        return bytes([tag]) + length + body

    def oid(text: str) -> bytes:
        return tlv(6, bytes.fromhex(text))

    rsa, signing = tlv(48, oid("2a864886f70d010101"), tlv(5)), tlv(48, oid("2a864886f70d01010b"), tlv(5))
    who = tlv(48, tlv(49, tlv(48, oid("550403"), tlv(12, name))))
    validity = tlv(48, tlv(23, b"240101000000Z"), tlv(23, b"340101000000Z"))
    key = tlv(48, rsa, tlv(3, b"\0", tlv(48, tlv(2, b"\0\x80" + opaque(511)), tlv(2, b"\1\0\1"))))
    signed = tlv(48, tlv(0xA0, tlv(2, b"\2")), tlv(2, b"\1"), signing, who, validity, who, key)
    return tlv(48, signed, signing, tlv(3, b"\0" + opaque(512)))
