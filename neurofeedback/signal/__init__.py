"""From samples to features: reference, filters, band power, artefact gate. Pure.

The signal path of a hop, in order:

- `hops`: samples are regrouped into hops at absolute sample numbers;
- `gate.samples`: the gate on the raw channels (missing, railed, clipped, flat, too large, steep);
- `asr`: components that are too large are rebuilt, from the end of the baseline on, if asked for;
- `montage`, with `reference`, `laplacian`, `region.kernel`: picks or the alternatives that the
  stream has, reference and regions as one matrix;
- `gate.samples` again on the referenced channels, and `gate.artifact_filters` (line noise, muscle,
  blinks), which have filters of their own;
- `power`: complex FIR filters, squared magnitude, moving average;
- `feature_map` with `features`: logarithm and features;
- `region.explained_variance`, where the share that a region explains is a condition.

`pipeline` wires these together; `readout` is what a fit replaces. `learning` is done once, at the
hop that ends a baseline, and gives a `baseline_fit.BaselineFit`: eye correction (`ocular`), the
alpha frequency and the bands that follow (`baseline_alpha`), kernels, estimators; each is
logged as an event. `descriptors` and
`wording` say what each value is, before a fit and after. Beside the path, `quality` judges
electrodes, and `measures` are taken of whole recordings.

What the gate calls normal is remembered longer than a frame: the mean of a second, the extreme of
two, the muscle tone of ten minutes.
"""
