# %% [markdown]
# # A session, analysed
#
# Loads a recorded session, plots frontal alpha asymmetry (FAA) over its blocks, and computes the
# mean of each block with its noise. Run it as a notebook (each `# %%` is a cell; put the path of
# your session below), or as a program:
#
#     python docs/examples/analyse_session.py recordings/sub-p01/ses-01 figure.png

# %%
import sys

import matplotlib.pyplot as plt
import mne
import numpy as np

import neurofeedback

SESSION = sys.argv[1] if len(sys.argv) > 1 else "recordings/sub-demo/ses-01"
FIGURE = sys.argv[2] if len(sys.argv) > 2 else "session.png"
SEGMENT = 2.0  # s; much longer than the window of the estimator, so that segments are independent
LEAST = 5  # segments without which no noise can be told
BAND = (8.0, 13.0)  # Hz

session = neurofeedback.read_session(SESSION)
for remark in session.remarks:
    print(remark)

# %% [markdown]
# `session.raw` is an MNE recording in volts; its annotations are the blocks, rewards, holds, gaps
# and notes. `session.features` is a table with a row for each frame (31 a second), in which
# `seconds` is the time on the axis of `raw`: seconds since the first recorded sample.

# %%
name = next((name for name in session.descriptors if f"{name}.left" in session.descriptors), None)
if name is None:
    raise SystemExit("This session has no asymmetry among its features.")
what = session.descriptors[name]
print(f"{name}: {what.label} [{what.unit}], {what.delay:.2f} s late, window {what.window:.2f} s")
windows = f"window {what.window:.2f} s"
for event in session.events:
    if event.kind == "EstimatorFitted" and event.details["feature"] == name:
        fit = event.details
        windows += f", after the baseline {fit['window']:.2f} s"
        print(f"after the baseline: {fit['delay']:.2f} s late, window {fit['window']:.2f} s")

frames = session.features
clean = (frames["gate"] == "") & (frames["held"] == "")
frame_rate = 1 / np.median(np.diff(frames["seconds"]))

# %% [markdown]
# ## The mean of a block, and its noise
#
# Average the *power* of each side over the clean frames, then take the logarithm. Frames overlap,
# so their number says nothing about the noise. Instead, leave out one segment of two seconds at a
# time and see how much the mean moves (jackknife). With fewer than five segments nothing is said.


# %%
def faa_with_noise(left, right):
    """Return ln(mean right) - ln(mean left) over segments, and its standard error.

    `left` and `right` are mean powers of segments, shape (n_segments,), in the same unit.
    """
    n = len(left)
    if n < LEAST:
        return (np.log(right.mean() / left.mean()) if n else np.nan), np.nan
    without = np.log((right.sum() - right) / (left.sum() - left))
    error = np.sqrt((n - 1) / n * np.sum((without - without.mean()) ** 2))
    return np.log(right.mean() / left.mean()), error


def segment_means(power, n_frames):
    """Return the means of consecutive segments of so many frames; a rest at the end is left out."""
    n = len(power) // n_frames
    return power[: n * n_frames].reshape(n, n_frames).mean(axis=1)


def block_from_features(block):
    """Return FAA and its standard error as it was fed back, and the clean seconds of a block."""
    rows = frames[clean & (frames["block"] == block)]
    n_frames = round(SEGMENT * frame_rate)
    sides = (np.exp(rows[f"feature_{name}.{side}"]) for side in ("left", "right"))
    return *faa_with_noise(*(segment_means(p, n_frames) for p in sides)), len(rows) / frame_rate


# %% [markdown]
# What was fed back in the baseline comes from another estimator than what follows it; and an
# estimator that was fitted to the baseline expects something like the baseline, so that its values
# scatter less. To compare all blocks, compute them anew from the raw samples: Welch spectra of 2 s,
# average reference without the bad channels, in segments that touch no hold and no gap.


# %%
def block_from_raw(start, stop):
    """Return FAA and its standard error from the raw samples between two times, in s."""
    raw = session.raw.copy().crop(start, stop, include_tmax=False).load_data(verbose="error")
    raw.annotations.rename(
        {text: f"BAD {text}" for text in raw.annotations.description if text.startswith("hold ")}
    )
    raw.pick("eeg", exclude="bads").set_eeg_reference("average", verbose="error")
    epochs = mne.make_fixed_length_epochs(raw, SEGMENT, preload=True, verbose="error")
    if not len(epochs):
        return np.nan, np.nan
    n_fft = round(2.0 * raw.info["sfreq"])
    spectrum = epochs.compute_psd(
        "welch", *BAND, picks=["F3", "F4"], n_fft=n_fft, n_overlap=n_fft // 2, window="hann",
        verbose="error",
    )  # fmt: skip
    power = spectrum.get_data().mean(axis=-1)
    return faa_with_noise(power[:, 0], power[:, 1])


# %%
blocks = [
    (int(a["description"].split()[1]), a["description"].split()[2], a["onset"], a["duration"])
    for a in session.raw.annotations
    if a["description"].startswith("block ")
]
results = []
print(
    "\nblock             clean     FAA fed back       FAA from raw samples (mean +- standard error)"
)
for block, phase, onset, duration in blocks:
    fed, noise, seconds = block_from_features(block)
    stop = min(onset + duration, session.raw.times[-1])
    raw_faa, raw_noise = block_from_raw(onset, stop) if stop - onset >= SEGMENT else (np.nan,) * 2
    results.append((onset, duration, phase, fed, noise))
    print(
        f"{block:3d} {phase:10s} {seconds:7.1f} s   {fed:+.3f} +- {noise:.3f}   "
        f"{raw_faa:+.3f} +- {raw_noise:.3f}"
    )

# %% [markdown]
# A difference between two blocks means little while it is smaller than about three times their
# standard errors; and higher FAA means more alpha on the right, nothing else.

# %%
figure, axes = plt.subplots(figsize=(10, 4), layout="constrained")
shown = np.where(clean, frames[f"feature_{name}"], np.nan)
axes.plot(frames["seconds"], shown, color="0.7", linewidth=0.7, label="frame by frame")
for onset, duration, phase, fed, noise in results:
    axes.axvspan(
        onset, onset + duration, color="#0072B2" if phase == "train" else "0.5", alpha=0.08
    )
    axes.text(onset, 1.0, f" {phase}", va="top", transform=axes.get_xaxis_transform(), fontsize=8)
    axes.errorbar(onset + duration / 2, fed, noise, duration / 2, color="#D55E00", capsize=3)
axes.errorbar([], [], [], [], color="#D55E00", label="mean of the block, standard error")
rewards = session.raw.annotations.onset[session.raw.annotations.description == "reward"]
axes.plot(rewards, np.full(len(rewards), 0.02), "^", color="#009E73", markersize=5,
          transform=axes.get_xaxis_transform(), label="rewards")  # fmt: skip
axes.set(xlabel="seconds since the first recorded sample", ylabel=f"FAA [{what.unit}]")
axes.set_title(f"{what.label}; {windows}; held frames are left out", fontsize=9)
figure.legend(loc="outside lower center", ncols=3, fontsize=8, frameon=False)
figure.savefig(FIGURE, dpi=120)
print(f"\n{FIGURE}")
