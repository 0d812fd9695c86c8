"""Reading a session, as far as it can be read.

`glance` is quick and opens little, `reader` gives back all that was acknowledged, `checks` compares
checksums, and `session_data` makes an MNE recording and arrays (`neurofeedback.read_session`).
"""
