"""The index: who took part, which sessions there are, scales, notes, and an audit trail.

It keeps what folders cannot and finds what they hold; it reads sessions through `recording` and
never writes into them. `place` says where the database of a dataset lies, `schema` makes and
upgrades it, `index` opens it: reading sees one moment, and a change is made wholly or not at all,
with its row in the trail, one writer after the other. `facts` takes from a folder what the index
says of it; `register` (at the start and end of a session; it never raises), `rebuild` and recovery
all go through it, so they agree.
"""
