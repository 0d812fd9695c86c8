"""Sources of samples (LSL, recorded file, synthetic participant) and the ring buffer.

`source.Source` is what all of them are. `lsl` receives live streams, `boards`
opens amplifiers itself (BrainFlow), `replay` plays recordings
(`files` has a reader for each family of formats; they are read in stretches: `samples`)
and `synthetic` makes a participant up. `losses` tells lost samples from a wrong rate. `pacing`
holds, steps and speeds a replay: only the pace changes, never a sample. `units` alone decides how
stored numbers become volts, and `amplitude` whether they have the size of EEG. `outlet`
sends samples, `out` sends what is fed back.
"""
