"""The operator's desk: one step of a session after the other, and what lies beside them."""
