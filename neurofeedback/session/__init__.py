"""A session as a whole: the pure engine, the runner that owns the threads, offline runs.

- `engine` is the one way from samples to feedback; `runner` runs it live, `offline` as fast as
  samples come. `prepare` puts a session together: source, protocol, arm, recorder.
- What samples themselves command (an annotation that starts a block, an electrode that is dead or
  bridged, as `contact` finds it) is given to the engine by `recorded_commands`.
- `verification` checks the files, applies logged commands at their samples
  (`verification.rerun`), runs the chunks through a fresh engine, and compares rows as text and
  events as JSON. What was displayed depends on when the screen painted; `display` has the law that
  every logged row must keep. `verification.concealed` opens the sealed part for that.
- `prepare_resumed`, `resume` and `verification.rerun` bring an engine to where a cut session
  ended; the runner repeats the block.
- `explain` says what a protocol does, and tries it on a synthetic participant.
- `scalp_power` takes band power of every electrode for the map, in spare ticks of the windows;
  `trained_spectrum` takes spectra of the trained ones.
  Nothing of it is fed back or recorded, and in a concealed session none of it is made.
"""
