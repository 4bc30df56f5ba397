"""The contract: what a detector file must have, how thresholds are changed, and the laws every detector obeys."""

import subprocess
import sys
import types
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from netdiag.connections.columns import Columns
from netdiag.connections.connection import FIELDS
from netdiag.connections.tables import Tables
from netdiag.detectors.detector import Detector, codes, detectors, explain, find
from netdiag.detectors.page import HEADINGS
from netdiag.errors import ConfigError
from netdiag.findings.finding import Finding

Make = Callable[..., Any]
HERE = Path(__file__).parent

PAGE = "Finds nothing.\n\n" + "\n\n".join(f"## {heading}\nNothing." for heading in HEADINGS)
SOURCE = '''
from dataclasses import dataclass

@dataclass(frozen=True, slots=True, kw_only=True)
class Thresholds:
    """All."""
    least: int = 3
    """How many."""

def detect(tables, t):
    return []
'''


def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str = SOURCE, page: str = PAGE) -> str:
    """A detector module on disk, imported."""
    path = tmp_path / "made_up.py"
    path.write_text(f'"""{page}\n"""\n{source}', encoding="utf-8")
    made = types.ModuleType("made_up")
    made.__file__ = str(path)
    made.__doc__ = page
    monkeypatch.setitem(sys.modules, "made_up", made)
    exec(compile(path.read_text(encoding="utf-8"), str(path), "exec"), made.__dict__)
    return "made_up"


def test_a_whole_file_makes_a_detector(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    made = Detector.of(module(tmp_path, monkeypatch), code="ND999", reads=("connections",))
    assert (made.slug, made.code, made.meanings) == ("made-up", "ND999", {"least": "How many."})
    assert "least = 3" in made.explain()


@pytest.mark.parametrize(
    ("source", "page", "says"),
    [
        (SOURCE, PAGE.replace("## When it is wrong\nNothing.\n\n", ""), "headings"),
        (SOURCE, PAGE.replace("## What to do\nNothing.", "## What to do\n"), "What to do"),
        (SOURCE.replace("frozen=True, ", ""), PAGE, "frozen"),
    ],
)
def test_an_unfinished_file_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, source: str, page: str, says: str) -> None:
    with pytest.raises(ValueError, match=says):
        Detector.of(module(tmp_path, monkeypatch, source, page), code="ND999", reads=("connections",))


def test_a_threshold_without_a_meaning_is_refused_when_it_is_asked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    silent = module(tmp_path, monkeypatch, SOURCE.replace('    """How many."""\n', ""))
    with pytest.raises(ValueError, match="least"):
        _ = Detector.of(silent, code="ND999", reads=("connections",)).meanings


def test_two_detectors_cannot_share_a_code(monkeypatch: pytest.MonkeyPatch) -> None:
    first = detectors()[0]
    monkeypatch.setattr("netdiag.detectors.detector.installed", lambda group: [first])
    with pytest.raises(ValueError, match="share the code"):
        detectors.__wrapped__()


def test_thresholds_are_overridden_in_a_copy() -> None:
    before = find("ND101")
    after = before.with_thresholds(window_s=30)
    assert (before.thresholds.window_s, after.thresholds.window_s) == (60.0, 30)
    assert find("ND201").with_thresholds(tls_ports=[443]).thresholds.tls_ports == (443,)


@pytest.mark.parametrize(
    ("key", "value", "says"),
    [
        ("windo_s", 1, "window_s"),
        ("window_s", "long", "60.0"),
        ("window_s", float("inf"), "window_s = inf must lie between 0 and 1000000000"),
        ("window_s", float("nan"), "must lie between 0 and"),
        ("window_s", -1, "must lie between 0 and"),
        ("pool", 1.5, "14116"),
        ("pool", 0, "pool = 0 must lie between 1 and"),
        ("pool", 1, "port-reuse-burst: pool = 1 must be at least 2"),
    ],
)
def test_a_wrong_threshold_is_named(key: str, value: object, says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        find("ND101").with_thresholds(**{key: value})


def test_a_wrong_name_suggests_the_nearest() -> None:
    with pytest.raises(ConfigError, match="did you mean 'port-reuse-burst'"):
        explain("port-reuse-brust")
    with pytest.raises(ConfigError, match=r"no detector 'nd3o1'; did you mean 'ND301'\? Valid: port-reuse-burst, "):
        explain("nd3o1")
    with pytest.raises(ConfigError, match=r"no threshold 'zzz'\. Valid: window_s, "):
        find("ND101").with_thresholds(zzz=1)
    assert explain("nd101") == explain("PORT-REUSE-BURST")


def test_listing_imports_no_table_library() -> None:
    heavy = ("pandas", "numba", "scapy")
    script = f"import sys; from netdiag.detectors.detector import codes; codes(); print([m for m in {heavy} if m in sys.modules])"
    shown = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=HERE.parents[1])
    assert shown.stdout.strip() == "[]"


def test_codes_and_slugs_are_those_of_the_interface() -> None:
    promised = {"ND101": "port-reuse-burst", "ND102": "port-reuse-collision", "ND201": "tls-handshake-stall", "ND301": "flood-control-trip"}
    assert promised.items() <= codes().items()
    assert list(codes()) == sorted(codes())


every = pytest.mark.parametrize("detector", detectors(), ids=lambda detector: detector.slug)


@every
def test_law_the_page_documents_every_threshold(detector: Detector) -> None:
    page = detector.explain()
    assert all(f"## {heading}" in page for heading in HEADINGS)
    assert all(f"{name} = " in page for name in asdict(detector.thresholds))
    assert all(len(text) > 20 for text in detector.meanings.values())


@every
def test_law_an_alarm_and_a_calm_case_exist(detector: Detector) -> None:
    text = (HERE / f"test_{detector.slug.replace('-', '_')}.py").read_text(encoding="utf-8")
    assert "def test_alarm" in text
    assert "def test_calm" in text


@every
def test_law_an_empty_table_has_no_findings(detector: Detector, tables_of: Make) -> None:
    assert detector.detect(tables_of()) == []


def mixture(tables_of: Make, attempt: Make) -> Tables:
    """One source in every kind of trouble (two bans of four seconds, a port used again and again, a stall), and a healthy one."""
    times = np.arange(0, 20, 0.1).tolist()
    rows = [attempt(at, 30000 + round(at * 20), "silent" if at % 7 >= 3 else "ok") for at in times]
    rows += [attempt(20.5 + at, 33000, "wrong-ack" if at else "ok", prev_id=200 + at - 1 if at else -1) for at in range(4)]
    hello_ns = rows[-1]["syn_ns"] + 10**9
    rows.append(attempt(24, 33001, "open", tls=1, phase=3, hello_ns=hello_ns, phase_ns=hello_ns, phase_ref=9))
    return tables_of(*rows, *(attempt(at, 50000 + at, src="192.0.2.9") for at in range(20)))


@every
def test_law_the_order_of_rows_does_not_matter(detector: Detector, tables_of: Make, attempt: Make) -> None:
    tables = mixture(tables_of, attempt)
    shuffled = tables.connections.sample(frac=1, random_state=1)
    assert detector.detect(Tables(Columns.of(shuffled), tables.first_ns, tables.last_ns)) == detector.detect(tables)


def test_the_laws_meet_findings_of_every_detector_that_came_with_them(tables_of: Make, attempt: Make) -> None:
    """A new detector need not find anything in the mixture: nothing here has to be edited for it."""
    tables = mixture(tables_of, attempt)
    assert {finding.code for detector in detectors() for finding in detector.detect(tables)} >= {"ND101", "ND102", "ND201", "ND301"}


@every
def test_law_sources_are_judged_alone(detector: Detector, tables_of: Make, attempt: Make) -> None:
    """A cluster judges partitions by source: findings that need no comparison are the same there."""
    tables = mixture(tables_of, attempt)
    own = tables.connections[tables.connections["src"] == "192.0.2.7"].copy()
    alone = detector.detect(Tables(Columns.of(own), tables.first_ns, tables.last_ns))
    together = [finding for finding in detector.detect(tables) if finding.source == "192.0.2.7"]
    assert [finding.id for finding in alone] == [finding.id for finding in together]


@every
def test_law_findings_are_well_formed(detector: Detector, tables_of: Make, attempt: Make) -> None:
    findings: list[Finding] = detector.detect(mixture(tables_of, attempt))
    for finding in findings:
        assert finding.code == detector.code
        assert 0 < finding.confidence <= 1
        assert finding.start_ns <= finding.end_ns
        assert "\n" not in finding.summary
        assert len(finding.evidence) <= 20
        assert [packet.ref for packet in finding.evidence] == sorted(packet.ref for packet in finding.evidence)
        assert finding.thresholds == asdict(detector.thresholds)
        assert finding.connections
        assert finding.display_filter
        assert finding.alternatives
        assert finding.next_steps


@every
@pytest.mark.parametrize("seed", range(40))
def test_law_no_facts_are_an_error(detector: Detector, tables_of: Make, seed: int) -> None:
    """Clocks step, captures lie: times in any order, counts of any size, marks that contradict each other."""
    random = np.random.default_rng(seed)
    kinds = {name: np.dtype(kind) for name, kind, _ in FIELDS if not name.endswith(("_hi", "_lo"))}
    rows = []
    for at in range(30):
        row: dict[str, Any] = {"src": f"192.0.2.{random.integers(2)}", "dport": 443, "sport": int(random.integers(1024, 1030))}
        for name, kind in kinds.items():
            if name in {"id", "sport", "dport", "sni", "alpn", "history_seen"} or random.random() < 0.3:
                continue
            high = {"phase": 8, "wait_phase": 8, "answer": 6, "tls": 4, "prev_close": 6}.get(name, 20 if kind.itemsize < 8 else 10**11)
            row[name] = int(random.integers(0, high))
        row["prev_id"] = int(random.integers(-1, max(at, 1)))
        rows.append(row)
    tables = tables_of(*rows, last_ns=int(random.integers(0, 10**11)))
    for finding in detector.detect(tables):
        assert 0 < finding.confidence <= 1
        assert len(finding.evidence) <= 20
