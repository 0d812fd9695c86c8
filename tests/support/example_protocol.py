"""A protocol file for tests to change; apart from the library, so that it stays as it is."""

from pathlib import Path

TEXT = Path(__file__).with_suffix(".toml").read_text(encoding="utf-8")
