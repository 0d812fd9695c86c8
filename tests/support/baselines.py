"""Made-up baselines."""

import numpy as np

SFREQ, HOP = 256.0, 8


def alpha_noise(n_hops: int, seed: int = 0, n_signals: int = 2) -> np.ndarray:
    """Pink noise with a peak at 10 Hz, about 10 microvolts."""
    rng = np.random.default_rng(seed)
    n = n_hops * HOP
    freqs = np.fft.rfftfreq(n, 1 / SFREQ)
    gain = np.sqrt(1 / np.maximum(freqs, 1.0) + np.exp(-((freqs - 10.0) ** 2) / 2))
    white = np.fft.rfft(rng.standard_normal((n, n_signals)), axis=0)
    data = np.fft.irfft(white * gain[:, None], n, axis=0)
    return 1e-5 * (data / data.std()).reshape(n_hops, HOP, n_signals)
