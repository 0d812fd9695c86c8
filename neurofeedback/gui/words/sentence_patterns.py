"""Patterns of what packages below the windows say.

Responsible for these patterns, so that they are in the catalogue. Not responsible for finding them
in a text (`gui.words.sentences`). Whoever changes a sentence there changes its pattern here. Knows
no Qt.
"""

from __future__ import annotations

from neurofeedback.words.language import later

SENTENCES = (
    # signal: what is to be known of a feature
    later(
        "From the end of the baseline on, the estimator fitted to it is used: delay, window and "
        "noise are then its own."
    ),
    later("By one analytic filter, fitted to the baseline."),
    later("By a Wiener filter, fitted to the baseline."),
    later("By posterior power, fitted to the baseline."),
    later(
        "Positive: more alpha on the right, read as relatively greater left activity. Where the "
        "true asymmetry is zero, its standard deviation is at least {noise} (estimator noise, flat "
        "spectrum)."
    ),
    later(
        "Positive: more alpha on the right, read as relatively greater left activity. Where the "
        "true asymmetry is zero, its standard deviation is at least {noise} (estimator noise, "
        "spectrum of the baseline)."
    ),
    later(
        "{channels} instead of {first}, which this stream lacks; values of different channels do "
        "not compare."
    ),
    later(
        "Feedback is held while the {roi} can explain less than {least} % of the power in the band "
        "at the electrodes; of noise that they do not share it would explain {chance} %."
    ),
    later(
        "Until the baseline is over {method} stands in for LCMV, which leaks in its own way and "
        "needs {seconds} s of clean baseline for {n} electrodes."
    ),
    later("LCMV from the covariance of {seconds} s of clean baseline."),
    later(
        "{method} stays: for {n} electrodes and a band of {width} Hz LCMV needs {wanted} s of "
        "clean baseline, and there are {seconds} s."
    ),
    later(
        "This signal responds at least as strongly to other frontal cortex as to the {roi}: a "
        "source of the same strength in dorsolateral prefrontal cortex moves it {times} times as "
        "much as one in the {same}."
    ),
    later(
        "This signal responds to other frontal cortex as well as to the {roi}: a source of the "
        "same strength in dorsolateral prefrontal cortex moves it {times} times as much as one in "
        "the {same}."
    ),
    later(
        "The {roi} lies {depth} mm below the brain surface. If all of the brain were equally "
        "active, {share} of the signal's power would come from within {near} mm of it; the "
        "strongest contribution comes from {far} mm away (MNI {x}, {y}, {z} mm)."
    ),
    later(
        "The {roi} lies {depth} mm below the brain surface. If all of the brain were equally "
        "active, {share} of the signal's power would come from within {near} mm of it; the "
        "strongest contribution comes from there."
    ),
    later("It is a medial-frontal theta proxy, not a measurement of the {roi}."),
    later(
        "Experimental: the {roi} cannot be isolated with electrodes on the scalp, and more of them "
        "do not help; pgACC or theta at Fz is the sounder choice."
    ),
    later("Left out of it, bad or without a known position: {names}."),
    # session: the estimator in use
    later(
        "{name} from now on by one analytic filter in {band}, fitted to the baseline; expected "
        "r = {r} with the brain's {same} at that moment (judged on {seconds} s)."
    ),
    later(
        "{name} from now on by a Wiener filter in {band}, fitted to the baseline; expected "
        "r = {r} with the brain's {same} at that moment (judged on {seconds} s)."
    ),
    later(
        "{name} from now on by posterior power in {band}, fitted to the baseline; expected "
        "r = {r} with the brain's {same} at that moment (judged on {seconds} s)."
    ),
    later(
        "{name} from now on by one analytic filter in {band}, fitted to the baseline; too little "
        "clean baseline to tell how well it follows the brain."
    ),
    later(
        "{name} from now on by a Wiener filter in {band}, fitted to the baseline; too little "
        "clean baseline to tell how well it follows the brain."
    ),
    later(
        "{name} from now on by posterior power in {band}, fitted to the baseline; too little "
        "clean baseline to tell how well it follows the brain."
    ),
    # signal: the individual alpha frequency
    later("Alpha peak at {peak} Hz, clear in {n} of {total} channels."),
    later(
        "No clear alpha peak from {low} to {high} Hz: {n} of {total} posterior channels have one, "
        "{least} are needed ({why})."
    ),
    # session and recording: alarms and reasons
    later("stopped by the operator"),
    later("interrupted"),
    later("region {roi} explains {share} %"),
    later(
        "The stream {name} is lost (no samples for {seconds} s). Feedback is held; it goes on when "
        "the same stream returns."
    ),
    later("No samples from {name} for {seconds} s. Feedback is held."),
    later("Processing is {seconds} s behind the stream. Feedback is held."),
    later("The disk is slow: it has been taking {seconds} s to record. Nothing is lost."),
    later("The disk has confirmed nothing for {seconds} s: a power cut would cost that."),
    later("The recording goes on in {folder}."),
    later("Recording to {path} failed: {reason}; free space or check the disk."),
    later(
        "The disk of {folder} will be full in about {left} of recording; free some space now."
    ),
    later("{folder} was removed or moved away."),
    later("The session failed: {reason}"),
    # refusals: what is asked for when a session is begun
    later(
        "The participant code {code} is refused: use 1 to 32 letters (A-Z, a-z) and digits, and no "
        "name."
    ),
    later(
        "No LSL stream of type EEG was found, nor any other: is the amplifier's program streaming, "
        "and on this machine?"
    ),
    later(
        "No LSL stream that matches {query} was found, nor any other: is the amplifier's program "
        "streaming, and on this machine?"
    ),
    later("No LSL stream of type EEG was found; there is: {streams}. Choose one by its name."),
    later(
        "No LSL stream that matches {query} was found; there is: {streams}. Choose one by its name."
    ),
    later(
        "The stream {name} was found but does not answer: is its sender still running, or a "
        "firewall in between?"
    ),
    later("The stream {name} sends text, not samples: choose another."),
    later("The stream ended while it was being opened."),
    later("The recording {path} is an empty file."),
    later("The recording {path} cannot be read: {reason}."),
    later("The recording {path} is of an unknown kind {kind}; known are {known}."),
    later("{path} cannot be read as a recording: {reason}."),
    later(
        "FAA does not diagnose depression (d = -0.007, 95 % CI -0.090 to 0.075; van der Vinne "
        "2017), and the evidence for training it is mixed."
    ),
    later("There is no channel {name}, which {who}, in {stream}. It has {there}."),
    later("Channel {name}, which {who}, is marked bad; mend the electrode first."),
    later(
        "An average reference needs at least three good EEG channels; the stream {stream} has {n}. "
        "The protocol may use them as recorded."
    ),
)  # fmt: skip

DOUBTS = (
    # protocols: what is allowed and cannot succeed
    later("no scalp measure isolates the sgACC; set experimental = true"),
    later("a filter of {length} s cannot tell frequencies {width} Hz apart: it takes {least} s"),
    later("{high} Hz can only be seen at {rate} samples a second and above"),
    later("the estimator looks {support} s back, longer than the baseline of {seconds} s"),
    later(
        "the baseline of {seconds} s holds only about {n} independent values of {name}: the "
        "threshold will be a matter of chance"
    ),
    later(
        "{estimator} is fitted to the baseline and judged on its second half, for which {seconds} "
        "s is too short: {least} s is the least"
    ),
    later(
        "nothing will be rebuilt: {wanted} s of clean baseline are wanted, and there is no baseline"
    ),
    later(
        "nothing will be rebuilt: {wanted} s of clean baseline are wanted, and the baseline has "
        "{seconds} s"
    ),
    later(
        "nobody can tell which of {n} conditions a reward was for; more than {most} are hardly "
        "learnt"
    ),
    later("no block is scored, so nothing uses it"),
    later(
        "an inhibit leaves {share} of the baseline, less than the wanted rate of {rate}: the rate "
        "cannot be reached"
    ),
    later(
        "'continuous' hides learning: the threshold follows the participant, and rewards stay as "
        "many as they were"
    ),
    later(
        "a value found with one estimator does not fit another, and which one is used depends on "
        "the baseline; use estimator = 'cfir'"
    ),
    later("{rule} moves between blocks, and there is only one"),
    later("{rule} moves after blocks with {seconds} s of clean data, and no block is that long"),
    later("feedback cannot be seen with closed eyes; set display.sound = 'tone' or 'music'"),
    later("no reward can be earned in {seconds} s with a dwell of {dwell} s"),
    later("has no effect: a baseline waits for its clean data"),
    later("has no effect: the block is not repeated"),
    later("no block is trained, so the arms do not differ"),
    later("the baseline of {seconds} s is shorter: feedback will be of {same} s before"),
)

LABELS = (
    # protocols: several features as one number
    later("{terms}, z(x) = (x - baseline mean) / baseline SD; {features}"),
    later("smallest distance from the thresholds: {terms}; {features}"),
    # signal: what a number is
    later("mean of {pairs}, {band}, reference {reference}"),
    later("tanh of half the {formula}, {band}, reference {reference}"),
    later("ln of mean power at {channels}, {band}, reference {reference}"),
    later("mean ln power at {channels}, {band}, reference {reference}"),
    later("ln of {roi} power by {method} ({head}), {band}"),
    later("{formula}, {band}, reference {reference}"),
)

PARTS = (
    later("average of {n}"),
    later("surface Laplacian (CSD) of {n}"),
    later("linked ears (A1 + A2)"),
    later("linked mastoids (M1 + M2)"),
    later("as recorded"),
    later("mean of {pairs}"),
    later("{band} (fallback: too few posterior channels for an alpha peak)"),
    later("{band} (fallback: no clear alpha peak)"),
    later("{band} until the baseline is over, then {rule}"),
    later("{band} (IAF - {below} to IAF + {above} Hz, IAF {peak} Hz)"),
    later("IAF - {below} to IAF + {above} Hz"),
    later("sphere"),
    later("{n} EEG channels, {rate} Hz ({name}), a value every {ms} ms"),
    later(
        "{band} until the baseline is over; then {rule}, IAF being the individual alpha frequency "
        "of the baseline at {channels}; without a clear peak there, {same} stays"
    ),
)

REASONS = (
    # signal: why a channel has no clear alpha peak; several with semicolons between them
    later("{names}: no peak above the background"),
    later("{names}: peaks at {freqs} Hz, none higher than the next by {lead}"),
    later("{names}: a line at {freqs} Hz, too narrow for a rhythm (interference)"),
    later("too few"),
)

UNITS = (
    later("ln ratio"), later("ratio, -1 to 1"), later("ln, no unit"), later("SD of the baseline"),
    later("share of variance, 0 to 1"),
)  # fmt: skip

SINGLE = (
    # directions, estimators, and how sessions of the index ended
    later("up"), later("down"),
    later("one analytic filter"), later("a Wiener filter"), later("posterior power"),
    later("finished"), later("aborted"), later("failed"), later("recovered"), later("unfinished"),
)  # fmt: skip
