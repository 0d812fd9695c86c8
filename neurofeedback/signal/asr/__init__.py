"""Artifact subspace reconstruction.

`calibration` learns from the baseline what clean data look like, `filters` weights frequencies,
`cleaner` replaces components that are far larger, before the spatial matrix. Clean samples pass
unchanged, a little later. Frames are held where a signal of a feature would be a guess;
``asr.removed`` beside the features says what was taken off.
"""
