import tomllib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from neurofeedback.protocols.file.reading import library
from neurofeedback.protocols.file.toml_lines import key_lines


def lines_of(text: str) -> dict[tuple[str | int, ...], int]:
    return key_lines(text, tomllib.loads(text))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a = 1\nb = 2\n", {("a",): 1, ("b",): 2}),
        ("# one\n\n  a = 1 # two\n", {("a",): 3}),
        ("a.b.c = 1\n", {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 1}),
        ("\n[a.b]\nc = 1\n", {("a",): 2, ("a", "b"): 2, ("a", "b", "c"): 3}),
        ('"a.b" = 1\n\'c "d"\' = 2\n', {("a.b",): 1, ('c "d"',): 2}),
        ('"tab\\t\\u00e9\\U0001F600" = 1\n', {("tab\té😀",): 1}),
        ('a = """\n[b]\nc = 1\n""" # x\nd = 1', {("a",): 1, ("d",): 5}),
        ('a = """x\\""""""\nd = 1', {("a",): 1, ("d",): 2}),
        ("a = '''\n[b] '' \n'''''\nd = 1", {("a",): 1, ("d",): 4}),
        ("a = [\n  1, # ]\n  2,\n]\nb = 1",
         {("a",): 1, ("a", 0): 2, ("a", 1): 3, ("b",): 5}),
        ("a = [[1],\n[ {b = 1, c.d = ']'}, ]]",
         {("a",): 1, ("a", 0): 1, ("a", 0, 0): 1, ("a", 1): 2, ("a", 1, 0): 2,
          ("a", 1, 0, "b"): 2, ("a", 1, 0, "c"): 2, ("a", 1, 0, "c", "d"): 2}),
        ("[[a]]\nb = 1\n[[a]]\n[a.c]\nd = 1\n[[a.e]]\n[[a.e]]\nf = 1",
         {("a",): 1, ("a", 0): 1, ("a", 0, "b"): 2, ("a", 1): 3, ("a", 1, "c"): 4,
          ("a", 1, "c", "d"): 5, ("a", 1, "e"): 6, ("a", 1, "e", 0): 6, ("a", 1, "e", 1): 7,
          ("a", 1, "e", 1, "f"): 8}),
        ("[ a . 'b' ]\r\nc = 1979-05-27 07:32:00Z\r\nd = -inf\r\n",
         {("a",): 1, ("a", "b"): 1, ("a", "b", "c"): 2, ("a", "b", "d"): 3}),
        ("a = {}\nb = []\nc = ''\nd = \"\"", {("a",): 1, ("b",): 2, ("c",): 3, ("d",): 4}),
        ("", {}),
    ],
)  # fmt: skip
def test_each_key_has_its_line(text: str, expected: dict[tuple[str | int, ...], int]) -> None:
    assert lines_of(text) == expected


@pytest.mark.parametrize(
    "text", ["a = ", "[a", "a = [1", '"a = 1', "= 1", "a 1", '"\\UFFFFFFFF" = 1']
)
def test_a_text_that_is_not_understood_has_no_lines(text: str) -> None:
    assert key_lines(text, {"a": 1}) == {}


def test_lines_are_left_out_where_the_readers_disagree() -> None:
    assert key_lines("a = 1", {"a": 1, "b": 2}) == {}
    assert key_lines("a = 1\nb = 2", {"a": 1}) == {}


@pytest.mark.parametrize("name", library())
def test_lines_of_the_library_are_where_the_keys_are(name: str) -> None:
    text = library()[name].read_text(encoding="utf-8")
    found = lines_of(text)
    rows = text.splitlines()
    assert found
    for path, line in found.items():
        key = next(str(part) for part in reversed(path) if isinstance(part, str))
        assert key in rows[line - 1] or isinstance(path[-1], int)


# Documents for which the lines are known because they are written line by line.

BARE = st.text("abcXYZ019_-", min_size=1, max_size=3)
CONTENT = st.text(
    st.one_of(
        st.sampled_from("ab \t\"'\\[]{}=#,.\n\r"),
        st.characters(codec="utf-8", exclude_categories=["Cc", "Cs"]),
    ),
    max_size=6,
)


def basic(text: str) -> str:
    """Write a text as a basic string in one line."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    for char, code in (("\n", "\\n"), ("\t", "\\t"), ("\r", "\\u000D")):
        escaped = escaped.replace(char, code)
    return f'"{escaped}"'


KEYS = st.one_of(
    BARE.map(lambda k: (k, k)),
    CONTENT.map(lambda k: (k, basic(k))),
    CONTENT.filter(lambda k: not set(k) & set("'\n\r")).map(lambda k: (k, f"'{k}'")),
)
MULTILINE = CONTENT.filter(lambda t: "\r" not in t).map(
    lambda t: '"""' + t.replace("\\", "\\\\").replace('"', '\\"') + '"""'
)
LITERAL = CONTENT.filter(lambda t: "\r" not in t and "'" not in t).map(lambda t: f"'''{t}'''''")
SCALARS = st.one_of(
    st.integers(-9, 10**6).map(str),
    st.sampled_from(["true", "1.5e-3", "nan", "0xff", "1979-05-27", "1979-05-27 07:32:00-00:01"]),
    CONTENT.map(basic),
    MULTILINE,
    LITERAL,
)
GAPS = st.sampled_from(["", " ", "\t "])
BREAKS = st.sampled_from(["", " ", "\n", " # ],}\n", "\r\n  "])


@st.composite
def arrays(draw, values):
    items = draw(st.lists(values, max_size=3))
    inner = ",".join(draw(BREAKS) + item + draw(BREAKS) for item in items)
    tail = draw(BREAKS) + ("," + draw(BREAKS) if items and draw(st.booleans()) else "")
    return f"[{inner}{tail}]"


@st.composite
def inline_tables(draw, values):
    pairs = draw(st.dictionaries(BARE, values, max_size=3))
    inner = ", ".join(f"{k} ={draw(GAPS)}{v}" for k, v in pairs.items())
    return f"{{{draw(GAPS)}{inner}{draw(GAPS)}}}"


VALUES = st.recursive(
    SCALARS, lambda values: st.one_of(arrays(values), inline_tables(values)), max_leaves=6
)


@st.composite
def documents(draw):
    """A list of statements; most of them together are valid TOML."""
    statements = []
    for _ in range(draw(st.integers(0, 8))):
        parts = [written for _, written in draw(st.lists(KEYS, min_size=1, max_size=3))]
        gap = draw(GAPS)
        key = f"{gap}.{gap}".join(parts)
        kind = draw(st.sampled_from(["pair", "pair", "table", "array", "blank"]))
        if kind == "pair":
            statements.append(f"{gap}{key}{gap}={gap}{draw(VALUES)}")
        elif kind == "blank":
            statements.append(draw(st.sampled_from(["", "# [a] = '''", "  "])))
        else:
            opening, closing = ("[", "]") if kind == "table" else ("[[", "]]")
            statements.append(f"{opening}{gap}{key}{gap}{closing} # x")
    return statements


def accepted(text: str) -> dict | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None


def paths(value, path=()):
    yield path
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    for key, inner in items:
        yield from paths(inner, (*path, key))


@given(documents())
def test_every_key_of_any_document_has_the_line_it_was_written_in(statements: list[str]) -> None:
    """The lines told are those at which `tomllib` begins to see the key."""
    kept: list[str] = []
    first: dict[tuple[str | int, ...], tuple[int, int]] = {}
    fields: dict = {}
    for statement in statements:
        now = accepted("\n".join([*kept, statement]))
        if now is None:
            continue
        start = "\n".join(kept).count("\n") + (2 if kept else 1)
        end = start + statement.count("\n")
        for path in paths(now):
            first.setdefault(path, (start, end))
        kept.append(statement)
        fields = now
    found = key_lines("\n".join(kept), fields)
    assert found.keys() == {p for p in first if p}
    for path, line in found.items():
        start, end = first[path]
        assert start <= line <= end
        if len(path) == 1:
            assert line == start


@given(st.text(st.sampled_from("ab.=[]{}\"'\\#,1 \n"), max_size=40))
def test_texts_that_are_accepted_by_chance_have_all_lines_too(text: str) -> None:
    fields = accepted(text)
    if fields is None:
        return
    found = key_lines(text, fields)
    assert found.keys() == {p for p in paths(fields) if p}
    assert all(1 <= line <= text.count("\n") + 1 for line in found.values())
