"""The registry of formats is the folder, and a format's first bytes are its own."""

import pkgutil

from netdiag.capture import formats
from netdiag.capture.format import known


def test_a_file_in_the_folder_is_a_format():
    assert len(known()) == len(list(pkgutil.iter_modules(formats.__path__))) >= 4


def test_guesses_come_after_magic_numbers():
    heads = [form.head for form in known()]
    assert heads == sorted(heads)
    assert known()[-1].walker().name == "erf"


def test_each_capture_is_claimed_by_its_format_first(files):
    for name, write in files.WRITERS.items():
        data = write(files.SAMPLE)
        claim = next(form for form in known() if form.matches(data[: form.head]))
        assert claim.walker().name == name


def test_no_format_claims_nothing_or_text():
    for head in (b"", b"\0", b"\n\r", b"#!/bin/sh\n" * 300):
        assert not any(form.matches(head[: form.head]) for form in known())
