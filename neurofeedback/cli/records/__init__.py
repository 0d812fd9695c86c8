"""Commands about what is kept: index, participants, audit trail, exports."""
