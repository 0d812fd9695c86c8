"""Raw samples, encrypted where they lie.

Responsible for the bytes of one stretch of samples, there and back. Not responsible for the key,
which the head of the sealed file holds (`recording.sealed`), nor for the file.

AES-256 in counter mode: the keystream at a byte is decided by the absolute number of its sample. So
the file is as long as in the open, a chunk is read by itself, a torn end costs no more than that
end, and what two parts of a session both have is equal in both, so that they join as they do in the
open. Checksums are those of the encrypted bytes: whoever puts a session in order needs no key. What
authenticates the samples is that the sealed frames, which are authenticated, follow from them.
"""

from __future__ import annotations

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes

SAMPLES_SEALED = "samples_sealed"  # among what lies open of the study, where they are
_BLOCK = 16


class SampleCipher:
    """Encrypts samples, and decrypts them by the same means.

    Parameters
    ----------
    key : bytes
        32 bytes that are used for nothing else.
    frame_bytes : int
        Bytes of all channels at one sample.
    """

    def __init__(self, key: bytes, frame_bytes: int) -> None:
        self._key = key
        self._frame_bytes = frame_bytes

    def apply(self, data: bytes | memoryview, first_sample: int) -> bytes:
        """Return samples encrypted, or what was encrypted in the open.

        Parameters
        ----------
        data : bytes
            Of whole samples.
        first_sample : int
            Absolute number of the first.
        """
        block, within = divmod(first_sample * self._frame_bytes, _BLOCK)
        cipher = Cipher(algorithms.AES(self._key), modes.CTR(block.to_bytes(_BLOCK, "big")))
        stream = cipher.encryptor()
        stream.update(bytes(within))
        return stream.update(data) + stream.finalize()
