"""Remarks: what whoever runs the program should know, and nothing failed of.

Responsible for passing them on by Python's own logging. Not responsible for showing them: commands
print them (`cli.console`).
"""

from __future__ import annotations

import logging

REMARKS = logging.getLogger("neurofeedback.remarks")


def remark(text: str | None) -> None:
    """Pass on one remark, a sentence; None for nothing."""
    if text is not None:
        REMARKS.warning("%s", text)
