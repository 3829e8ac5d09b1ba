"""JSON as people have it: what is no JSON but plain, documents, envelopes, and others' shapes."""

import json
from types import SimpleNamespace

import pytest

from isco.core.errors import InputError
from isco.core.records import Ad, BrokenRow
from isco.retriever.reading.json_documents import document_rows
from isco.retriever.reading.text_files import count_rows, read_ads

pytestmark = pytest.mark.filterwarnings("ignore:.*alone:isco.core.errors.InputWarning")

TWO = [
    {"id": "a", "title": "Cook", "description": 'Cooks. ]},"\\'},
    {"id": "b", "title": "Bäcker", "description": "x"},
]
ESSENCE = [(ad["id"], ad["title"], ad["description"]) for ad in TWO]


def essence(rows):
    return [(row.id, row.title, row.description) for row in rows]


def dumped(value, **options):
    return json.dumps(value, ensure_ascii=False, **options).encode()


# What is no JSON, but plain in its meaning


@pytest.mark.parametrize(
    "value",
    ["NaN", "nan", "-NaN", "Infinity", "-Infinity", "inf", "-inf", "None", "undefined", "NA",
     "1e999", "-1e999", "9" * 5000],
)  # fmt: skip
def test_what_json_has_no_number_for_is_null_in_fields_that_pass_through(read, value):
    line = f'{{"id": "x", "pay": {value}, "title": "Cook", "all": [{value}, {{"a": {value}}}]}}\n'
    rows = read(line.encode() + b'{"id": "y", "title": "Baker"}\n')
    assert essence(rows) == [("x", "Cook", ""), ("y", "Baker", "")]
    assert rows[0].extra == {"pay": None, "all": [None, {"a": None}]}


def test_such_words_within_texts_are_texts(read):
    (ad,) = read(b'{"title": "NaN, None and \\"inf\\"", "pay": nan, "True": True}')
    assert ad.title == 'NaN, None and "inf"'
    assert ad.extra == {"pay": None, "True": True}


def test_a_title_that_is_no_number_is_none(read):
    (ad,) = read(b'{"id": 7, "title": NaN, "description": "Cooks."}')
    assert essence([ad]) == [("7", "", "Cooks.")]


@pytest.mark.parametrize(
    "line", [b'{"id": "x", "title": "Cook"},', b'\xef\xbb\xbf{"id": "x", "title": "Cook"}']
)
def test_a_comma_after_a_line_and_a_mark_before_it_do_no_harm(read, line):
    assert essence(read(b'{"title": "Baker"}\n' + line)) == [
        ("row-1", "Baker", ""),
        ("x", "Cook", ""),
    ]


def test_raw_line_feeds_and_other_signs_within_texts_do_no_harm(read):
    (ad,) = read(b'{"title": "Co\tok\x01"}')
    assert ad.title == "Co\tok\x01"


@pytest.mark.parametrize(
    ("line", "ad_id"),
    [
        (b'{"id": "x-9", "title": "Cook"', "x-9"),
        (b'{"id": "x-9", "title": "Co', "x-9"),
        (b'{"company": {"id": 5}, "id": "x-9", "title": Cook}', "x-9"),
        (b'{"title": "say \\"id\\": 3", "id": 17, "a": }', "17"),
        (b'{"id": "x-9", "title": ["Cook"]}', "x-9"),
        (b'{"id": "x-9"}', "x-9"),
        (b'{"id": "x-9", "deep": ' + b"[" * 300 + b"]" * 300 + b"}", "x-9"),
        (b'{"id": "x-9", "title": "\xed\xa0\x80"}', "x-9"),
        (b'{"company": {"id": 5}, "title": Cook}', "row-2"),
        (b'{"id": "x-', "row-2"),
        (b'{"id": NaN, "title": Cook}', "row-2"),
        (b'["x-9"]', "row-2"),
    ],
)  # fmt: skip
def test_a_broken_row_keeps_its_id_wherever_it_can_be_read(read, line, ad_id):
    before, broken, after = read(b'{"id": "a", "title": "Cook"}\n' + line + b'\n{"title": "Baker"}')
    assert isinstance(broken, BrokenRow)
    assert (broken.id, broken.numbered) == (ad_id, ad_id == "row-2")
    assert (before.id, after.id) == ("a", "row-3")


@pytest.mark.parametrize("place", range(3))
def test_no_made_up_id_is_one_that_another_row_has(read, place):
    lines = [{"id": "1", "title": "a"}, {"id": "2", "title": "b"}, {"id": 3, "title": "c"}]
    del lines[place]["id"]
    ids = [row.id for row in read(b"\n".join(map(dumped, lines)))]
    assert len(set(ids)) == 3
    assert ids[place] == f"row-{place + 1}"


@pytest.mark.parametrize(
    "first", [b'["Cook"]', b"[]", b"[1, 2]", b'"Cook"', b"7", b"not json", b"[{", b"{"]
)
def test_a_first_row_that_is_none_refuses_no_others(read, first):
    rows = read(first + b"\n" + b"\n".join(map(dumped, TWO)))
    assert [type(row) for row in rows] == [BrokenRow, Ad, Ad]
    assert essence(rows[1:]) == ESSENCE


# Documents


@pytest.mark.parametrize("indent", [None, 1, 4])
@pytest.mark.parametrize("name", ["ads.json", "ads.jsonl", "ads.txt", "ads"])
def test_a_list_of_ads_is_read_however_it_is_printed(read_file, read, indent, name):
    assert essence(read_file(name, dumped(TWO, indent=indent))) == ESSENCE
    assert essence(read(b"\xef\xbb\xbf\n " + dumped(TWO, indent=indent))) == ESSENCE


def test_the_lines_of_a_documents_ads_are_told(read):
    rows = read(b'[\n  {"title": "Cook"},\n\n  {"title": 7, "description": [1]},\n  null\n]\n')
    assert [(row.row, row.line) for row in rows] == [(1, 2), (2, 4), (3, 5)]
    assert [type(row) for row in rows] == [Ad, BrokenRow, BrokenRow]
    assert rows[2].reason == "line 5 is a NoneType, not an object"


def test_objects_over_several_lines_one_after_the_other_are_rows(read):
    content = b"\n".join(dumped(ad, indent=2) for ad in TWO)
    assert essence(read(content)) == ESSENCE


ENVELOPES = [
    {"count": 2, "results": TWO},
    {"jobs": TWO, "meta": {"jobs": [1]}},
    {"data": {"items": {"postings": TWO}}, "next": None},
    {"maxErgebnisse": 2, "ergebnisliste": TWO},
    {"tags": ["a"], "facets": [{"name": "x"}], "whatever": TWO, "other": [{"name": "y"}]},
]


@pytest.mark.parametrize("envelope", ENVELOPES)
@pytest.mark.parametrize("indent", [None, 2])
def test_the_list_of_ads_within_an_object_is_found(read, envelope, indent):
    assert essence(read(dumped(envelope, indent=indent))) == ESSENCE


def test_pages_of_answers_one_a_line_are_one_feed(read):
    pages = [
        {"page": n, "results": [{"id": f"{n}-{i}", "title": "Cook"} for i in range(3)]}
        for n in range(4)
    ]
    rows = read(b"\n".join(map(dumped, pages)))
    assert [row.id for row in rows] == [f"{n}-{i}" for n in range(4) for i in range(3)]
    rows = read(b"\n".join(map(dumped, [*pages[:2], {"error": "quota"}])))
    assert [type(row) for row in rows] == [Ad] * 6 + [BrokenRow]
    assert "without a list under 'results'" in rows[-1].reason


def test_an_answer_without_ads_has_no_rows(read):
    assert read(b'{"count": 0, "results": []}') == []
    assert read(b"[]") == []


def test_the_configuration_names_the_list(read):
    content = dumped({"results": [{"name": "x"}], "archive": {"2026": TWO}})
    assert essence(read(content, records="archive.2026")) == ESSENCE


def test_a_list_that_holds_no_ads_by_its_first_object_is_named_with_the_next_step(read):
    content = dumped({"total": 1, "stuff": {"entries": [{"name": "Cook", "text": "x"}]}})
    with pytest.raises(
        InputError, match=r"list 'stuff\.entries'.* name, text: input\.records=stuff"
    ):
        read(content)
    content = dumped({"results": [{"name": "Cook", "text": "x"}]})
    with pytest.raises(InputError, match=r"neither a field 'title' nor.* are name, text"):
        read(content)


@pytest.mark.parametrize(
    "table",
    [
        {"title": {"0": "Cook", "1": "Baker"}, "description": {"0": "x", "1": "y"}},
        {"columns": ["title"], "index": [0], "data": [["Cook"]]},
        {"17": {"title": "Cook"}, "18": {"title": "Baker"}},
    ],
)
@pytest.mark.parametrize("indent", [None, 2])
def test_tables_by_columns_are_named_with_the_next_step(read, table, indent):
    with pytest.raises(InputError, match=r"to_json\(orient='records', lines=True\)"):
        read(dumped(table, indent=indent))


@pytest.mark.parametrize("indent", [None, 1])
@pytest.mark.parametrize("envelope", [TWO, {"results": TWO}])
def test_a_document_that_breaks_off_gives_what_is_whole_and_then_an_error(
    columns, tmp_path, indent, envelope
):
    path = tmp_path / "ads.json"
    content = dumped(envelope, indent=indent)
    path.write_bytes(content[: content.index(b'"x"') + 1])
    rows = []
    with pytest.raises(InputError, match=r"its JSON breaks off"):
        for row in read_ads(str(path), columns):
            rows.append(row)  # noqa: PERF402
    assert essence(rows[:1]) == ESSENCE[:1]
    assert (type(rows[1]), rows[1].id) == (BrokenRow, "b")


def test_rows_are_counted_as_they_are_read(tmp_path, columns):
    contents = {
        "lines.jsonl": b'\n{"title": "a"}\n \n\xef\xbb\xbf\n\x1a\n["b"]\nbroken\n{"title": "c"}',
        "list.json": dumped(TWO), "pretty.json": dumped(TWO, indent=2),
        "envelope.jsonl": dumped({"results": TWO}),
        "names.txt": b'{"title": "a"}\n{"title": "b"}\n',
    }  # fmt: skip
    for name, content in contents.items():
        path = tmp_path / name
        path.write_bytes(content)
        rows = len(list(read_ads(str(path), columns)))
        assert count_rows(str(path), columns) == (
            rows if name in ("lines.jsonl", "names.txt") else None
        )


# Shapes of others

POSTING = {
    "@context": "https://schema.org/", "@type": "JobPosting", "title": "Fitter",
    "description": "<p>Fits.</p>", "identifier": {"@type": "PropertyValue", "value": 123},
    "hiringOrganization": {"name": "Wheel"},
}  # fmt: skip
POSTINGS = [
    POSTING,
    {"@context": "https://schema.org", "@graph": [{"@type": "BreadcrumbList"}, POSTING]},
    [POSTING],
    [{"@type": "Organization"}, POSTING],
    {**POSTING, "@type": ["JobPosting", "Thing"], "title": ["Fitter"]},
    {**POSTING, "title": {"@value": "Fitter", "@language": "en"}, "identifier": "123"},
    {**POSTING, "@type": "schema:JobPosting", "description": [{"@value": "<p>Fits.</p>"}]},
    {"@type": "WebPage", "mainEntity": POSTING},
    {"@type": "ItemList", "itemListElement": [{"@type": "ListItem", "item": POSTING}]},
    [{"@type": ["http://schema.org/JobPosting"], "http://schema.org/title": [{"@value": "Fitter"}],
      "http://schema.org/description": [{"@value": "<p>Fits.</p>"}],
      "http://schema.org/identifier": [{"http://schema.org/value": [{"@value": "123"}]}]}],
    {"@type": "JobPosting", "name": "Fitter", "responsibilities": "<p>Fits.</p>",
     "identifier": 123},
]  # fmt: skip


@pytest.mark.parametrize("posting", POSTINGS)
@pytest.mark.parametrize("indent", [None, 2])
def test_a_job_posting_is_read_alone_in_a_document_or_on_a_line_among_others(read, posting, indent):
    expected = ("123", "Fitter", "<p>Fits.</p>")
    assert essence(read(dumped(posting, indent=indent))) == [expected]
    line = dumped(posting)
    assert essence(read(b'{"title": "Cook"}\n' + line + b"\n" + line))[1:] == [expected] * 2


def test_what_else_a_job_posting_says_passes_through_and_its_language_is_taken(read):
    (ad,) = read(dumped({**POSTING, "inLanguage": "de-AT"}))
    assert ad.language == "de-AT"
    assert ad.extra["hiringOrganization"] == {"name": "Wheel"}
    assert not {"title", "description", "inLanguage"} & ad.extra.keys()


def test_several_postings_of_a_document_are_rows_and_those_of_a_line_one_broken_row(read):
    graph = {"@graph": [{**POSTING, "identifier": n} for n in range(3)]}
    assert [row.id for row in read(dumped(graph, indent=1))] == ["0", "1", "2"]
    rows = read(b'{"id": "a", "title": "Cook"}\n' + dumped(graph) + b"\n" + dumped(POSTING))
    assert [type(row) for row in rows] == [Ad, BrokenRow, Ad]
    assert rows[1].reason == "line 2 holds 3 job postings, not one; one a line is expected"


SOURCES = [
    ("Arbeitsagentur 6", {"ergebnisliste": [
        {"referenznummer": "10001-S", "stellenangebotsTitel": "Koch (m/w/d)", "firma": "X"}]},
     ("10001-S", "Koch (m/w/d)", "")),
    ("Arbeitsagentur 6, details",
     {"referenznummer": "1-S", "stellenangebotsTitel": "Koch", "stellenangebotsBeschreibung": "K."},
     ("1-S", "Koch", "K.")),
    ("Arbeitsagentur 4", {"stellenangebote": [
        {"beruf": "Koch/Köchin", "titel": "Koch (m/w/d)", "refnr": "10000-1", "arbeitsort": {}}]},
     ("10000-1", "Koch (m/w/d)", "")),
    ("Arbeitsagentur 4, details", {"refnr": "1", "titel": "Koch", "stellenbeschreibung": "Kocht."},
     ("1", "Koch", "Kocht.")),
    ("France Travail", {"resultats": [
        {"id": "048KLTP", "intitule": "Boulanger (H/F)", "description": "Pain.", "romeCode": "D"}]},
     ("048KLTP", "Boulanger (H/F)", "Pain.")),
    ("JobTech", {"total": {"value": 1}, "hits": [
        {"id": "23", "headline": "Kock", "description": {"text": "Lagar.", "text_formatted": ""}}]},
     ("23", "Kock", "Lagar.")),
    ("EURES", {"numberRecords": 1, "jvs": [{"id": "NT", "title": "Cook", "description": "Cooks."}]},
     ("NT", "Cook", "Cooks.")),
    ("EURES, details", {"id": "NT", "preferredLanguage": "fr", "jvProfiles": {
        "en": {"title": "Cook", "description": "x"},
        "fr": {"title": "Cuisinier", "description": "Cuit."}}},
     ("NT", "Cuisinier", "Cuit.")),
    ("EURES, another language",
     {"id": "NT", "jvProfiles": {"de": {"title": "Koch", "description": "K"}}},
     ("NT", "Koch", "K")),
    ("Adzuna", {"results": [{"id": "1", "title": "Cook", "description": "x", "company": {}}]},
     ("1", "Cook", "x")),
]  # fmt: skip


@pytest.mark.parametrize(
    ("answer", "expected"), [each[1:] for each in SOURCES], ids=[each[0] for each in SOURCES]
)
def test_the_answers_of_employment_services_are_read_as_they_come(read, answer, expected):
    assert essence(read(dumped(answer, indent=2))) == [expected]
    items = next((value for value in answer.values() if isinstance(value, list)), [answer])
    assert essence(read(dumped(items[0]) + b"\n" + dumped(items[0]))) == [expected] * 2


def test_the_language_that_eures_prefers_is_the_ads(read):
    (ad,) = read(dumped(SOURCES[7][1]))
    assert ad.language == "fr"
    assert ad.extra == {"jvProfiles": {"en": {"title": "Cook", "description": "x"}}}


def test_a_column_that_is_configured_goes_before_what_is_known_of_a_source(read):
    line = dumped({"id": "1", "headline": "Kock", "label": "Bagare", "description": {"text": "x"}})
    (ad,) = read(line, title="label", description="description.text")
    assert essence([ad]) == [("1", "Bagare", "x")]


def test_columns_of_a_table_made_of_such_answers_are_known_as_well(read):
    (ad,) = read(b"id,headline,description.text,city\n7,Kock,Lagar.,Lund\n")
    assert essence([ad]) == [("7", "Kock", "Lagar.")]
    assert ad.extra == {"city": "Lund"}


# Ids


@pytest.mark.parametrize(
    ("given", "read_as"),
    [
        ('{"$oid": "5f1e"}', "5f1e"),
        ('{"$numberLong": "42"}', "42"),
        ('{"$uuid": {"$hex": "ab"}}', "ab"),
        ("[1, 2]", "[1,2]"),
        ('["ä"]', '["ä"]'),
        ('{"source": "x", "n": 1}', '{"source":"x","n":1}'),
        ("true", "true"),
        ("false", "false"),
        ("0", "0"),
    ],
)
def test_ids_of_any_form_are_kept_of_ads_and_of_broken_rows(read, given, read_as):
    rows = read(f'{{"id": {given}, "title": "Cook"}}\n{{"id": {given}, "title": [1]}}\n'.encode())
    assert [(type(row), row.id, row.numbered) for row in rows] == [
        (Ad, read_as, False), (BrokenRow, read_as, False),
    ]  # fmt: skip


@pytest.mark.parametrize("given", ["null", "[]", "{}", '""', '"  "', '"\\u0000\\u0000"', "NaN"])
def test_ids_that_say_nothing_are_made_up(read, given):
    rows = read(f'{{"id": {given}, "title": "Cook"}}\n'.encode())
    assert [(row.id, row.numbered) for row in rows] == [("1", True)]


# Brackets


class _Counted(bytes):
    """Bytes that count how many of them are looked through for line ends."""

    looked_through = 0

    def count(self, sub, start=0, end=None):
        _Counted.looked_through += max((len(self) if end is None else end) - start, 0)
        return super().count(sub, start, len(self) if end is None else end)


def test_brackets_outside_of_rows_are_gone_through_once(monkeypatch):
    content = b'{"results": [{"title": "Cook"}],\n"x": [' + b"[],\n" * 20_000 + b"1]}"
    monkeypatch.setattr(_Counted, "looked_through", 0)
    pieces = iter([_Counted(content), b""])
    stream = SimpleNamespace(read=lambda size: next(pieces))
    rows = list(document_rows(stream, ("results",), "ads"))
    assert [(row.number, row.data) for row in rows] == [(1, b'{"title": "Cook"}')]
    assert len(content) <= _Counted.looked_through <= 2 * len(content)


def test_the_line_of_a_row_is_known_behind_many_brackets(read):
    lines = [
        b'{"x": [',
        *[b"[],"] * 50,
        b'1], "results": [',
        b'{"title": "Cook"},',
        b'{"title": "Baker"}]}',
    ]
    assert [row.line for row in read(b"\n".join(lines), records="results")] == [53, 54]


def test_brackets_without_end_are_one_broken_row(read):
    rows = read(b'{"title": "Cook"}\n{"title": "Baker", "x": ' + b"[" * 200_000 + b"\n")
    assert [type(row) for row in rows] == [Ad, BrokenRow]
