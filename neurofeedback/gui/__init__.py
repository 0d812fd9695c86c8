"""Windows. The only package that loads Qt.

`bridge` is the one contact with a running session. Its timer looks every 3 ms and ticks about each
15 ms, and at once for a new frame: the participant's picture is painted first, then traces and
other panels take turns, so that no tick is long. Sound is pushed in the same tick, from the picture
just painted. While the application runs, Python's threads take turns each millisecond instead of
each five, since the picture waits for the engine at each return from Qt. ``python -m benchmarks
--only live`` measures intervals by paint events; ``--only soak --minutes 30`` measures memory too.

`typeface` has the letters, `theme` every colour, size and distance, `style` makes a style sheet of
them, `look` follows the system and tells the windows. Painting asks `theme.current()`; what keeps
colours or sizes connects to `look().changed`.
"""
