"""From features to feedback: declared protocols, thresholds, rewards, block schedule. Pure.

`spec` is the frozen model, which refuses unknown keys; `consistency` is what its parts must agree
on; `warnings` finds what is allowed and cannot succeed. `rules` are the threshold rules, `file`
reads and writes protocol files, `run` is a protocol at work. `joint` finds the threshold that a
wanted share of clean time passes, all conditions and inhibits together; `learning_curve` is the
line by which learning is judged, and `library` holds the protocols that come with the program.
"""
