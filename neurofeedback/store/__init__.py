"""The index: who took part, which sessions there are, scales, notes, and an audit trail."""
