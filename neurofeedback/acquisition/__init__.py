"""Sources of samples (LSL, recorded file, synthetic participant) and the ring buffer."""
