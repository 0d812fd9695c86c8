"""What a protocol does, before anybody is trained: in words, and tried on a made-up participant.

`protocol_words` and `feature` say it, `protocol` puts it together. `simulate` closes the loop with
a synthetic participant who learns what feedback follows, or does not; `learning_curve` tells
whether anything was learned, and `success` how far a rate may stray by chance.
"""
