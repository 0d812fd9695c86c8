"""Which files a person is offered where a recording is asked for.

Responsible for their names alone; what can be read is `acquisition.replay`'s to say.
"""

from __future__ import annotations

FILE_FILTER = "(*.edf *.bdf *.gdf *.vhdr *.fif *.fif.gz *.set *.xdf *.txt *.cnt *.mff)"
