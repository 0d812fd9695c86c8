"""Whether what arrives is now, and is EEG.

A live session asks this of each chunk before the engine sees it. `age` says how long ago samples
were taken, `rate` how many there are in a second, `repeats` whether the same ones come again,
`size` whether the unit can be right, `stamps` whether time stamps can be used. `checks` asks all of
them, and whether electrodes are bridged or shorted (`session.contact`, which recordings are asked
too), and makes holds and sentences of what they find.
"""
