"""A program that writes to an index until it is told to stop, or killed.

Started by `test_several_programs`. It prints the number of each note once that is written.
"""

import sys

from neurofeedback.store.index import Index
from neurofeedback.store.participants import add_note, ensure_participant
from neurofeedback.store.place import find_place

dataset, where, who, n_notes = sys.argv[1:]
place = find_place(dataset, where)
assert place is not None
index = Index(place, who=who)
for number in range(int(n_notes)):
    with index.change() as change:
        ensure_participant(change, "p01")
        add_note(change, "p01", f"{who} {number}")
    sys.stdout.write(f"{number}\n")
    sys.stdout.flush()
