"""The artefact gate: which hops hold bad samples, and why."""
