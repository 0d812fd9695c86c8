"""Readers of recorded files, one for each family of formats.

`content` tells what a file is, whatever its name says; `edf_samples`, `xdf`, `text` and, by way of
MNE, `readers` read it.
"""
