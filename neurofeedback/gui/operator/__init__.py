"""What an operator sees of a session or a recording.

`page` lays the panels out for every size. `recording.page` shows parts of a file or a session that
`recording.view` reads; a protocol is run over a recording from its beginning or from a chosen time,
never from the middle of another run. `filtering` is the filter of the traces, `spectrum` the live
spectrum; both are for the screen alone.
"""
