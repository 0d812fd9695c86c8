"""Artifact subspace reconstruction."""
