"""Joins packets into tables: TCP connections with their TLS handshakes.

Knows TCP and TLS state, never thresholds. Not followed: UDP (QUIC, DNS, WireGuard), DTLS, and what is inside an encrypted tunnel.
"""
