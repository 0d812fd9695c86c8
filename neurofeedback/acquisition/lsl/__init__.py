"""Live streams of the lab streaming layer.

The only receiver of LSL, and with the outlets the only place that loads pylsl.
"""

from neurofeedback.acquisition.lsl.source import LslSource
from neurofeedback.acquisition.lsl.streams import StreamSummary, find_streams, library_version

__all__ = ["LslSource", "StreamSummary", "find_streams", "library_version"]
