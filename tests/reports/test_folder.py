import json

import pytest

from netdiag.errors import NetdiagError
from netdiag.reports.folder import file_name, write
from netdiag.reports.report import View


def test_an_index_and_two_files_per_source(mild, tmp_path):
    written = write(mild, tmp_path / "new" / "folder", View())
    assert sorted(path.name for path in written) == sorted(path.name for path in (tmp_path / "new" / "folder").iterdir())
    assert len(written) == 2 + 2 * len(mild["sources"])
    assert json.loads((tmp_path / "new/folder/index.json").read_text()) == mild
    part = json.loads((tmp_path / "new/folder/2001_db8__1.json").read_text())
    assert [entry["source"] for entry in part["sources"]] == ["2001:db8::1"]


def test_every_link_of_the_index_leads_somewhere(mild, tmp_path):
    import re

    write(mild, tmp_path, View())
    links = re.findall(r"\]\(([^)]*)\)", (tmp_path / "index.md").read_text())
    assert len(links) == len(mild["sources"])
    assert all((tmp_path / link).is_file() for link in links)


def test_names_are_safe_and_distinct():
    assert file_name("2001:db8::/32") == "2001_db8__-32"
    assert file_name("10.0.0.0/8") == "10.0.0.0-8"
    assert file_name("../../etc/passwd\0") == "..-..-etc-passwd%00"


def test_a_folder_that_cannot_be_written_names_the_remedy(mild, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(NetdiagError, match="-o"):
        write(mild, tmp_path / "file", View())
