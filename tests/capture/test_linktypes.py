"""Names and numbers of link types."""

import pytest

from netdiag.capture.linktypes import NAMES, link_name, linktype, max_captured


@pytest.mark.parametrize(
    ("number", "name"),
    [
        (0, "NULL"), (1, "ETHERNET"), (10, "FDDI"), (51, "PPP_ETHER"), (101, "RAW"), (112, "HDLC"), (113, "LINUX_SLL"), (125, "PCI_EXP"),
        (127, "IEEE802_11_RADIOTAP"), (135, "JUNIPER_ATM2"), (146, "IBM_SN"), (162, "USER15"), (173, "GCOM_SERIAL"), (185, "A653_ICM"),
        (194, "JUNIPER_ISM"), (204, "PPP_WITH_DIR"), (207, "LAPB_WITH_DIR"), (219, "MPLS"), (231, "DBUS"), (239, "NFLOG"),
        (240, "NETANALYZER"), (251, "BLUETOOTH_LE_LL"), (258, "PKTAP"), (259, "EPON"), (271, "VSOCK"), (276, "LINUX_SLL2"),
        (280, "VPP_DISPATCH"), (284, "DSA_TAG_DSA"), (290, "ETW"), (208, "208"), (9999, "9999"),
    ],
)  # fmt: skip
def test_names(number, name):
    assert link_name(number) == name


def test_names_are_one_to_one():
    assert len(set(NAMES.values())) == len(NAMES)


@pytest.mark.parametrize(("field", "link"), [(12, 101), (14, 101), (11, 100), (19, 106), (1, 1), (101, 101), (229, 229)])
def test_aliases(field, link):
    assert linktype(field) == link


def test_only_three_link_types_have_records_larger_than_packets():
    assert {link: max_captured(link) for link in range(300) if max_captured(link) != 262_144} == {231: 1 << 27, 249: 1 << 27, 279: 1 << 25}
