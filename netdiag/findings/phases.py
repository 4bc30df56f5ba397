"""Names the phases of a TLS handshake, and says for each where to look."""

from collections.abc import Mapping
from typing import Any

from netdiag.connections.connection import Phase
from netdiag.findings.wording import many

PHASE_NAMES = tuple("" if phase is Phase.NONE else phase.name.lower().replace("_", "-") for phase in Phase)
LOOK = {
    Phase.NO_CLIENT_HELLO: "The client connects ahead of need, or its ClientHello is lost before the capture point",
    Phase.CLIENT_HELLO_LOST: "A full accept queue on the server, loss on the path, or a middlebox that drops ClientHellos by size or name",
    Phase.NO_SERVER_HELLO: "The server's application is stuck or waits for something: certificate store, upstream, overload",
    Phase.SERVER_FLIGHT_LOST: "A path-MTU black hole (full-size segments lost, small ones delivered), or loss",
    Phase.SERVER_FLIGHT_STOPPED: "The server's application stopped in the middle of its flight, or loss before the capture point",
    Phase.NO_CLIENT_FINISH: "The client chooses a certificate, checks revocation, or rejected the server's certificate in silence",
    Phase.NO_SERVER_FINISH: "The server checks the client's certificate or waits for an upstream",
}
PLACES = {"client": ", seen from the client", "server": ", seen from the server", "between": ", seen from between them"}
NEXT_STEPS = {
    Phase.CLIENT_HELLO_LOST: "ss -ltn; nstat -az TcpExtListenOverflows (on the server: Recv-Q at Send-Q is a full accept queue)",
    Phase.NO_SERVER_HELLO: "ss -tnpi (on the server: Recv-Q above 0 means that the application does not read)",
    Phase.SERVER_FLIGHT_LOST: "ping -M do -s 1472 CLIENT (from the server: the path MTU); nstat -az TcpExtTCPMTUPFail",
}


def summary(metrics: Mapping[str, Any], count: int, between: str) -> str:
    """The sentence about `count` handshakes `between` a source and a service, with the metrics of tls-handshake-stall."""
    told = ", ".join(f"{name} {phase_count}" for name, phase_count in metrics["phases"].items())
    if not metrics["stalled"]:
        wait = "waits" if count == 1 else "wait"
        return f"The capture ends while {many(count, 'TLS handshake')} {between} {wait} ({told}): too soon to judge."
    lasted = f"the longest for {metrics['longest_s']:.3g} s; {metrics['outcomes'].get('recovered', 0)} recovered"
    if deadline := metrics.get("deadline_s"):
        lasted += f"; clients give up after {deadline:.3g} s"
    fault = [f"{name} {n}" for name, n in metrics.get("blame", {}).items() if name != "unknown"]
    place = PLACES.get(metrics.get("vantage", ""), "")
    at_fault = f" At fault{place}: {', '.join(fault)}." if fault else ""
    return f"{count:,} of {many(metrics['attempts'], 'TLS handshake')} {between} stalled ({told}), {lasted}.{at_fault}"
