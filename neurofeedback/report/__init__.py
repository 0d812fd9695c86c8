"""What is read out of recordings after the fact.

`measure` puts together the sections of `measure.SECTIONS`, each a function from a `Reading` to
numbers with unit, band, reference and window. A section that cannot be computed says why.
The aperiodic part needs the extra ``aperiodic`` (specparam).

`summary` makes a frozen `SessionSummary` of a session's log, feedback table and samples, as far as
they can be read: `summary_rows` reads, `summary_blocks` scores blocks, holds and changes,
`summary_baseline` tells of the fit, the alpha peak and the electrodes. `app.summary_text` puts it
into words for the page, the PDF and ``neurofeedback report``.
"""
