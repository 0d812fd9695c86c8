"""A network of LSL that only a test is in."""

from __future__ import annotations


def settings_of(session: str, base_port: int = 16572, n_ports: int = 32) -> str:
    """Return settings for liblsl, for a session that nobody else is in.

    An outlet is only found by its ports, and liblsl looks at so many of them. Within a computer
    answers come at once, so liblsl asks again sooner than it would in a network.

    Parameters
    ----------
    session : str
        Its name.
    base_port, n_ports : int
        Where outlets are.
    """
    return (
        f"[lab]\nSessionID = {session}\n"
        "KnownPeers = {127.0.0.1}\n"  # finds every stream, whoever else uses LSL here
        "[multicast]\nResolveScope = machine\n"
        f"[ports]\nBasePort = {base_port}\nPortRange = {n_ports}\n"
        "[tuning]\nMulticastMinRTT = 0.1\nUnicastMinRTT = 0.1\nContinuousResolveInterval = 0.2\n"
        "TimeProbeInterval = 0.016\n"
        "[log]\nlevel = -3\n"
    )
