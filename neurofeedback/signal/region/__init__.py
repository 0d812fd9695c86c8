"""Power of a region of the brain, what it is worth, and how much of the data it explains.

`head_model` is a spherical head, or ``fsaverage`` where it is on disk; `kernel` makes a few rows of
the spatial matrix by eLORETA, sLORETA or, from the baseline's `covariance`, LCMV. `leakage` is
computed for the montage and worded into the sentences of the feature's descriptor.
"""
