"""Open EEG neurofeedback: live sessions and exact replay by the same engine."""

__version__ = "0.1.0"
