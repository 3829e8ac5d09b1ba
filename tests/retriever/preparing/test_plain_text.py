"""Plain text out of markup."""

import pytest

from isco.retriever.preparing.plain_text import letters, one_line, plain_text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("<p>Cook</p>", "Cook"),
        ("<b>Bold</b> move", "Bold move"),
        ("Tom &amp; Jerry", "Tom & Jerry"),
        ("<p>Tom &amp; Jerry</p>", "Tom & Jerry"),
        ("caf&eacute; &ndash; bar", "café – bar"),
        ("one<br>two<br/>three", "one\ntwo\nthree"),
        ("<script>alert(1)</script>Cook", "Cook"),
        ("<style>p {color: red}</style>Cook", "Cook"),
        ("Cook<!-- hidden -->", "Cook"),
        ("<p>a</p><![CDATA[b]]>", "a\n\nb"),
        ("<p></p>", ""),
        ("", ""),
    ],
)
def test_markup_and_entities_become_plain_text(text, expected):
    assert plain_text(text).split() == expected.split()
    assert "<" not in plain_text(text)


def test_list_items_and_paragraphs_stand_on_lines_of_their_own():
    text = plain_text("<p>Duties:</p><ul><li>cook food</li><li>clean</li></ul><p>Pay: much</p>")
    assert text.splitlines() == ["Duties:", "cook food", "clean", "Pay: much"]


@pytest.mark.parametrize(
    "text",
    [
        "pay < 30 and hours > 20",
        "<3 cooking",
        "C++ & C#",
        "a -> b",
        "5 < 6",
        "R&D",
        "AT&T",
        "x <= y",
    ],
)
def test_signs_that_are_no_markup_stay(text):
    assert plain_text(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("a\u00a0b", "a b"),
        ("a \t  b", "a b"),
        ("  a  ", "a"),
        ("a\r\n\r\n\n  b", "a\nb"),
        ("a\x00b\x07", "a b"),
        ("\ufeffCook\u200b", "Cook"),
        ("\u202aCook\u202c", "Cook"),
    ],
)
def test_odd_spaces_and_invisible_characters_become_at_most_one_space(text, expected):
    assert plain_text(text) == expected


@pytest.mark.parametrize("text", ["a\ud800b", "<p>a\udfffb</p>", "&amp;\udc80"])
def test_lone_surrogates_do_not_stop_it_and_are_gone(text):
    assert plain_text(text).encode("utf-8")


def test_text_after_broken_markup_is_kept():
    assert "Cook" in plain_text("<div><p>Cook</b></div></ul><a href='x")


@pytest.mark.parametrize("text", ["<p>Cook &lt; chef</p>\n<p>b</p>", "a &amp;b", "Cook"])
def test_one_line_has_no_line_breaks_and_the_same_words(text):
    assert "\n" not in one_line(text)
    assert one_line(text).split() == plain_text(text).split()


@pytest.mark.parametrize(
    ("text", "count"), [("", 0), ("!?… - ", 0), ("C++", 1), ("Köchin 2", 6), ("厨师", 2)]
)
def test_letters_are_counted_and_digits_and_decoration_are_not(text, count):
    assert letters(text) == count


@pytest.mark.parametrize(
    "text",
    ["You know List<String> and <T>.", "Mail to Anna <anna@firma.pl>\nor call.", "a <admin> b\nc"],
)
def test_angle_brackets_that_are_no_html_stay_with_the_lines_around_them(text):
    assert plain_text(text) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("i\u00adg\u200bn\u2066o\u2069r\ufe0fe\U000e0041", "ignore"),
        ("\uff29\uff47\uff4e\uff4f\uff52\uff45 \U0001d400\U0001d41b", "Ignore Ab"),
        ("cafe\u0301", "caf\u00e9"),
        ("2\u00aa m\u00b2 \u00bd l\u00b4eau\u2026", "2\u00aa m\u00b2 \u00bd l\u00b4eau\u2026"),
        ("&amp;lt;p&amp;gt;Tom &amp;amp;amp; Jerry&amp;lt;/p&amp;gt;", "Tom & Jerry"),
        ("&#73;&#103;&#x6e;ore", "Ignore"),
        ("&lt;p&gt;one&lt;/p&gt;&lt;p&gt;two&lt;/p&gt;", "one\ntwo"),
        ("I&#8203;gno&shy;re", "Ignore"),
    ],
)
def test_disguises_are_undone_however_often_they_were_put_on(text, expected):
    assert plain_text(text) == expected
