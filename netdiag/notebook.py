"""Shows a result in Jupyter: the answer, the table of sources and the causes, as HTML without scripts."""

from __future__ import annotations

from html import escape

from netdiag.reports.document import Analysis, document
from netdiag.reports.escape import printable
from netdiag.reports.headline import headline, human_p, outcome, trouble

ROWS = 20
"""Sources shown."""


def html(result: Analysis) -> str:
    """The result as an HTML fragment; every text is escaped."""
    whole = document(result)
    bad = trouble(whole)
    parts = [f"<p><b>{_text(headline(whole))}</b></p>"]
    for entry in bad[:ROWS]:
        parts.append(f"<h4>{_text(entry['source'])} ({_text(entry['severity'] or 'info')})</h4><p>{_text(outcome(entry))}</p>")
        if verdict := entry["verdict"]:
            parts.append(f"<p>{_text(verdict['summary'])}</p><table><tr><th>cause</th><th>weight</th><th>test</th><th>why</th></tr>")
            for cause in verdict["causes"]:
                test = human_p(cause["p_value"]) if cause["p_value"] is not None else ""
                parts.append(
                    f"<tr><td>{_text(cause['title'])}</td><td>{cause['weight']:.0%}</td><td>{test}</td><td>{_text(cause['reason'])}</td></tr>"
                )
            parts.append("</table>")
    if len(bad) > ROWS:
        parts.append(f"<p>and {len(bad) - ROWS} more sources in trouble: see <code>.sources</code></p>")
    return "".join(parts)


def _text(text: str) -> str:
    return escape(printable(text))
