"""A session on disk: layout, writers and readers. BrainVision, BIDS, JSON lines.

Files are appended only, by one thread, unbuffered, and synced within each second:

- ``_eeg.eeg``: float32, little-endian, multiplexed; microvolts for voltage channels. The header has
  no length, so it is right at every moment;
- ``_times.f64``: stream time of each sample, float64;
- ``_chunks.tsv``: a row for each chunk (first sample, length, times, gap, clock offset, arrival,
  CRC-32 of samples and of times). The row acknowledges the chunk (`write.part`);
- ``_feedback.tsv``: a row for each frame; numbers read back to the same bits (`tables`);
- ``_display.tsv``: what was painted (feedback, a frozen value, nothing), and when;
- ``_session.jsonl``: a line for each event. Without ``SessionStopped`` the session was killed;
- ``_protocol.json``: protocol, stream, descriptors and versions, before the first sample;
- ``_debrief.json``: note and adverse effects. It comes after the log was sealed, so no checksum
  covers it.

`layout` names them, `write` writes them, `read` reads what can be read, `repair` finishes, joins,
reopens or moves aside what was cut. `concealment` says which parts of a concealed session lie open;
`sealed` encrypts the rest.
"""
