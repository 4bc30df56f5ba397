from netdiag.expectations.check import readings, runs
from netdiag.expectations.document import document


def test_all_folders_with_all_their_checks(folder_of):
    folder = folder_of()
    made = document(runs(readings([folder])))
    assert (made["schema"], made["checks"], made["failed"]) == ("netdiag.check/1", 2, 1)
    (one,) = made["folders"]
    assert one["folder"] == folder.as_posix()
    absent, golden = one["checks"]
    assert absent == {
        "name": "absent flood-control-trip of any source",
        "file": f"{folder.as_posix()}/expect.toml",
        "line": 3,
        "differences": [],
    }
    assert (golden["name"], golden["file"], golden["line"]) == ("golden", f"{folder.as_posix()}/report.json", None)
    assert golden["differences"][0]["expected"] == "the golden report"
