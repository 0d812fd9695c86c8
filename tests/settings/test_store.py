"""The file of settings: whatever it holds, the program starts, and nothing is lost."""

import os
import stat
import tomllib
from string import printable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.errors import UserError
from neurofeedback.settings.model import KEYS, Settings, Workstation
from neurofeedback.settings.store import load, parse, save
from neurofeedback.words.language import languages

names = st.text("abcXYZ 019äöü.'\"\\[]#=\u2028", min_size=1, max_size=20).filter(str.strip)
lines = st.text(printable + "äöü€", max_size=30).map(lambda t: " ".join(t.split()))
settings = st.builds(
    Settings,
    recordings=lines.map(lambda t: t and f"/{t}"),
    index=st.sampled_from(["", "off", "/x/y.sqlite3", "postgresql://clinic@host/db"]),
    operator=lines,
    clinic=lines,
    theme=st.sampled_from(["system", "dark", "light", "dark-contrast", "light-contrast"]),
    language=st.sampled_from(["system", *languages()]),
    text_size=st.integers(80, 200),
    lock_minutes=st.integers(0, 240),
    scale_days=st.integers(1, 365),
    monitor=lines,
)


@st.composite
def workstations(draw):
    profiles = draw(st.dictionaries(names.map(str.strip), settings, min_size=1, max_size=4))
    return Workstation(active=draw(st.sampled_from(sorted(profiles))), profiles=profiles)


@given(workstations(), workstations())
def test_what_is_written_is_read_again_whatever_was_there(tmp_path_factory, first, second):
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    for workstation in (first, second):
        assert save(workstation, path) is None
        assert load(path).problem is None
        assert load(path).workstation == workstation


@given(st.binary(max_size=300))
def test_any_bytes_give_settings_or_one_sentence(tmp_path_factory, content):
    path = tmp_path_factory.mktemp("settings") / "settings.toml"
    path.write_bytes(content)
    loaded = load(path)
    if loaded.problem is not None:
        assert loaded.workstation == Workstation()
        assert "\n" not in loaded.problem
        kept = save(Workstation(), path)
        assert kept is not None
        assert kept.read_bytes() == content


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(max_size=8),
    lambda inner: (
        st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=4,
)


@given(
    st.dictionaries(st.sampled_from(["version", "active", "profiles", "more"]), values),
    st.dictionaries(st.sampled_from([*KEYS, "recording", ""]), values, max_size=3),
)
def test_any_toml_gives_settings_or_one_sentence(fields, inner):
    import tomlkit

    fields = {**fields, "profiles": {"A": inner}} if inner else fields
    try:
        text = tomlkit.dumps(_without_none(fields))
        tomllib.loads(text)
    except (ValueError, TypeError):
        return
    assert told(text) is None or "\n" not in told(text)


def told(text):
    try:
        parse(text)
    except UserError as error:
        return str(error)
    return None


def _without_none(value):
    if isinstance(value, dict):
        return {k: _without_none(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_none(v) for v in value if v is not None]
    return value


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("x = ", "not valid TOML"),
        ("version = 2\nfuture = 1", "later version"),
        ("foo = 1", "there is no 'foo'"),
        ("[profiles.Standard]\nopertor = 'A'", "did you mean 'operator'"),
        ("[profiles.Standard]\ntext_size = '100'", "from 80 to 200"),
        (
            "[profiles.Standard]\ntheme = 'pink'",
            "system, dark, light, dark-contrast or light-contrast",
        ),
        ("active = 'x'", "none of the profiles"),
        ("[profiles.Standard]\nindex = 'postgresql://a:secret@h/d'", "without a password"),
        ("a" + ".a" * 30_000 + " = 1", "more than 60 dots"),
        ("a = " + "[" * 20_000, "cannot be read"),
        ("a = " + "1" * 10_000, "cannot be read"),
        ("#" * 70_000, "larger than 64 kB"),
    ],
)
def test_what_is_refused_is_said_where_and_why(tmp_path, text, sentence):
    path = tmp_path / "settings.toml"
    path.write_text(text)
    loaded = load(path)
    assert sentence in loaded.problem
    assert "secret" not in loaded.problem
    assert loaded.workstation == Workstation()


def test_a_folder_in_its_place_and_a_pipe_are_refused_at_once(tmp_path):
    assert "not an ordinary file" in load(tmp_path).problem
    os.mkfifo(tmp_path / "pipe")
    assert "not an ordinary file" in load(tmp_path / "pipe").problem


def test_what_a_person_wrote_beside_the_settings_stays(tmp_path):
    path = tmp_path / "settings.toml"
    path.write_text("# ours\nversion = 1\nactive = 'A'\n[profiles.A]\noperator = 'X' # me\n")
    save(load(path).workstation.with_value("operator", "Y").with_value("text_size", "120"), path)
    text = path.read_text()
    assert "# ours" in text
    assert "# me" in text
    assert load(path).workstation.settings == Settings(operator="Y", text_size=120)


def test_the_file_is_private_and_whole(tmp_path):
    path = tmp_path / "new" / "settings.toml"
    save(Workstation(), path)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert [p.name for p in path.parent.iterdir()] == ["settings.toml"]


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path):
    (tmp_path / "file").touch()
    with pytest.raises(UserError, match="cannot be written"):
        save(Workstation(), tmp_path / "file" / "settings.toml")


def test_every_setting_says_what_is_allowed():
    from neurofeedback.settings.model import _ALLOWED

    assert set(_ALLOWED) == set(KEYS)
