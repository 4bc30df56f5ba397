import json

from netdiag.reports.document import SCHEMA, document, info, of_source, plain

KEYS = ["schema", "tool", "inputs", "quality", "sources", "findings", "suppressed", "partial", "extent"]
FINDING = (
    "id detector code severity confidence source destination start end summary metrics thresholds connections evidence display_filter "
    "alternatives next_steps"
).split()


def test_keys_are_in_the_order_of_the_schema(mild):
    assert list(mild) == KEYS
    assert mild["schema"] == SCHEMA
    assert list(mild["findings"][0]) == FINDING
    assert list(mild["sources"][0]) == "source label connections established failed stalled reused_ports severity verdict findings".split()
    first = "path format compression link_types packets bytes first last status truncated_tail".split()
    assert list(mild["inputs"][0])[: len(first)] == first
    found = "one_sided duplicated snaplen_cut offload_segments capture_drops capture_holes unseen_data begun_before translated clock_steps"
    assert list(mild["quality"]) == [*found.split(), "oddities"]


def test_it_is_json_through_and_through(hostile):
    text = json.dumps(hostile, allow_nan=False)
    assert json.loads(text) == hostile
    text.encode("ascii")
    assert hostile["inputs"][1]["path"].startswith("odd\\udcff=cmd")
    assert not any(0xD800 <= ord(character) < 0xE000 for character in hostile["inputs"][1]["path"])


def test_numbers_are_plain(mild):
    metrics = mild["findings"][0]["metrics"]
    assert metrics == {"rejected": 415, "p_value": 1e-40, "rate": None, "phases": {"no-server-hello": 2}}
    assert type(metrics["rejected"]) is int
    assert plain(0.1 + 0.2) == 0.3
    assert plain((True, None, 3)) == [True, None, 3]


def test_evidence_names_the_file_by_index_and_the_frame_from_one(mild):
    assert mild["findings"][0]["evidence"][0] == {
        "file": 1,
        "frame": 1,
        "time": "2026-11-22T18:40:08.230227002Z",
        "role": "Rejected.",
    }


def test_verdict_has_a_cause_and_a_runner_up_and_is_null_for_the_healthy(mild):
    verdict = mild["sources"][0]["verdict"]
    assert (verdict["cause"], verdict["runner_up"]) == ("tcp-state-collision", "per-source-penalty")
    assert [cause["slug"] for cause in verdict["causes"]] == ["tcp-state-collision", "per-source-penalty", "loss"]
    healthy = mild["sources"][-1]
    assert healthy["verdict"] is None
    assert healthy["severity"] is None
    assert healthy["label"] is None
    assert healthy["findings"] == []


def test_sources_name_their_findings(mild):
    known = {finding["id"] for finding in mild["findings"]}
    for entry in mild["sources"]:
        assert set(entry["findings"]) <= known
    assert mild["sources"][1]["findings"] == [mild["findings"][1]["id"]]


def test_every_quality_count_has_a_sentence(mild):
    limits = {name: value for name, value in mild["quality"].items() if name != "oddities"} | mild["quality"]["oddities"]
    assert all(isinstance(value["count"], int) and value["note"] for value in limits.values())
    assert mild["quality"]["duplicated"]["count"] == 5
    assert mild["quality"]["oddities"]["made_up"] == {"count": 1, "note": "made up"}


def test_an_empty_capture_has_no_times(empty):
    assert empty["inputs"][0]["first"] is None
    assert empty["sources"] == []


def test_part_of_one_source(mild):
    part = of_source(mild, "10.9.0.1")
    assert list(part) == KEYS
    assert {entry["source"] for entry in part["sources"]} == {"10.9.0.1"}
    assert {finding["source"] for finding in part["findings"]} == {"10.9.0.1"}


def test_info_adds_counts_oddities_and_names(fake_result):
    made = info(fake_result)
    assert made["inputs"][0]["counts"]["tcp"] == 13000
    assert made["inputs"][1]["oddities"] == {"truncated": 3}
    assert made["inputs"][0]["snis"] == ["Rejected."]
    assert made["inputs"][0]["packets"] == document(fake_result)["inputs"][0]["packets"]
