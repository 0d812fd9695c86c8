import base64

import pytest

from neurofeedback.errors import UserError
from neurofeedback.export.output import decrypt_file

PASSPHRASE = "Grüße an alle"
# As version 0.1.0 wrote it.
DATA = base64.b64decode(
    "bmV1cm9mZWVkYmFjay0xCrlvIORwWrYy6hbaOf1LPnZ+kj0pj0WygCfRuBrA0U8CRNThLJiz4H3Dx+ZR"
    "Blhm+zbwIrfCF35t1cc875C2ZFZWxGlUF9wbBcDC1JRNexKcFz9eJf1sUsYb"
)
HEAD = 64


@pytest.fixture
def locked(tmp_path):
    path = tmp_path / "in" / "a.txt.enc"
    path.parent.mkdir()
    path.write_bytes(DATA)
    return path


@pytest.mark.parametrize("passphrase", [PASSPHRASE, "Gru\u0308ße an alle"])
def test_what_the_first_version_encrypted_still_opens(locked, tmp_path, passphrase):
    decrypt_file(locked, tmp_path / "a.txt", passphrase)
    assert (tmp_path / "a.txt").read_text() == "EEG of the first version\n"


def test_another_passphrase_does_not_open_it(locked, tmp_path):
    with pytest.raises(UserError, match="The passphrase does not open"):
        decrypt_file(locked, tmp_path / "out" / "a.txt", PASSPHRASE + " ")
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("data", "sentence"),
    [
        (DATA[:-1], "damaged: it was truncated or changed from byte 64 on"),
        (DATA[:HEAD], "damaged"),
        (DATA[: HEAD - 1], "does not open"),
        (DATA[:16], "does not open"),
        (DATA[:20] + b"x" + DATA[21:], "does not open"),
        (DATA[:-1] + bytes([DATA[-1] ^ 1]), "damaged"),
    ],
)
def test_what_is_damaged_is_refused_and_leaves_nothing(locked, tmp_path, data, sentence):
    locked.write_bytes(data)
    with pytest.raises(UserError, match=sentence):
        decrypt_file(locked, tmp_path / "out" / "a.txt", PASSPHRASE)
    assert not (tmp_path / "out").exists() or not list((tmp_path / "out").iterdir())
