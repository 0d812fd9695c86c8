"""A protocol at work on feature frames.

`protocol_run` leads through the blocks of the `schedule` and obeys the operator; `evaluator` makes
of each feature frame one `FeedbackFrame` and the events: `control` says what is fed back (in the
control arm by `playback`, `donor` or `scrambled`), `score` combines features and knows the limits
of inhibits, `threshold` keeps the threshold where its rule puts it (`rolling`: of the last moments)
and `reward` computes the displayed value, asks for a dwell and keeps a refractory time.
"""
