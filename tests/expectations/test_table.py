import pytest

from netdiag.errors import ConfigError
from netdiag.expectations.table import hint, load


@pytest.fixture
def table(tmp_path):
    def make(text: str):
        path = tmp_path / "expect.toml"
        path.write_text(text)
        return load(path)

    return make


def test_an_unknown_key_has_file_line_and_nearest_key(table):
    top = table('a = 1\npurpoze = "x"\n')
    with pytest.raises(ConfigError, match=r"expect\.toml:2: purpoze: unknown key; did you mean 'purpose'\? Valid: a, purpose"):
        top.only("a", "purpose")


def test_a_key_of_a_table_among_several_names_it(table):
    top = table('[[finding]]\na = 1\n[[finding]]\nb = ""\n')
    first, second = top.children("finding")
    assert (first.line, second.line) == (1, 3)
    with pytest.raises(ConfigError, match=r"expect\.toml:4: \[\[finding\]\] b: '' must be a text"):
        second.text("b")


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("name = 3\n", r":1: name: 3 must be a text"),
        ("x = 3\n", r":1: the key name is compulsory"),
        ('name = "low|hgih"\n', r":1: name: 'hgih' is not known; did you mean 'high'\?"),
    ],
)
def test_texts_are_checked(table, text, message):
    top = table(text)
    with pytest.raises(ConfigError, match=message):
        top.text("name", compulsory=True) and top.named("name", ("low", "high"))


def test_tables_must_be_tables(table):
    top = table("one = 1\nmany = 2\n")
    with pytest.raises(ConfigError, match=r":1: one: must be a table: \[one\]"):
        top.child("one")
    with pytest.raises(ConfigError, match=r":2: many: must be tables: \[\[many\]\]"):
        list(top.children("many"))


def test_bad_toml_and_missing_files_have_their_place(table, tmp_path):
    with pytest.raises(ConfigError, match=r"expect\.toml:2: is not valid TOML"):
        table("a = 1\nb = = 2\n")
    (tmp_path / "expect.toml").write_bytes(b"a = '\xff'")
    with pytest.raises(ConfigError, match="is not valid TOML"):
        load(tmp_path / "expect.toml")
    with pytest.raises(ConfigError, match="cannot be read: No such file"):
        load(tmp_path / "none.toml")


def test_a_mark_of_byte_order_as_some_editors_write_it_is_no_error(tmp_path):
    (tmp_path / "expect.toml").write_bytes(b'\xef\xbb\xbfpurpose = "x"')
    assert load(tmp_path / "expect.toml").text("purpose") == "x"


def test_a_hint_without_a_near_name_lists_all():
    assert hint("zzz", ["a", "b"]) == ". Valid: a, b"


def test_nesting_that_cannot_be_read_is_an_error_of_the_file(table):
    with pytest.raises(ConfigError, match=r"expect\.toml: its values are nested too deeply"):
        table("x = " + "[" * 100_000)
