"""Running band power: bands, estimators, their fit to a baseline and their figures.

Every estimator is a `estimators.PowerDesign`: complex filters, weights, an offset and a mean over
hops. Without a baseline `starting` gives one for other people's spectrum, or ``cfir``. Then
`fitting` takes the spectrum of the baseline's clean stretches (`baseline`), fits ``cfir``,
``wiener`` and ``posterior`` to the first half, judges them on the second, and fits the one asked
for, or the best, to the whole.
`filters` and `envelope` run a design; `latency_noise` gives its delay, window and noise.
"""
