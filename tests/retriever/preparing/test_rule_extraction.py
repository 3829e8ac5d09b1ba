"""What is left of titles and descriptions."""

import json
from pathlib import Path

import pytest

from isco.core.config import load_settings
from isco.core.records import Ad, Profile
from isco.retriever.preparing.plain_text import plain_text
from isco.retriever.preparing.rule_extraction import RuleExtractor

STARTER = Path(__file__).parents[3] / "ingest" / "data" / "isco08_starter.jsonl"


@pytest.fixture(scope="module")
def extractor():
    return RuleExtractor(load_settings(environment={}).extraction)


GENDER_MARKS = [
    ("Nurse (m/f/d)", "Nurse"),
    ("Nurse M/F", "Nurse"),
    ("Data Engineer (all genders)", "Data Engineer"),
    ("Erzieher (m/w/d)", "Erzieher"),
    ("(w/m/d) Erzieher", "Erzieher"),
    ("Erzieher [m|w|d]", "Erzieher"),
    ("Erzieher (gn)", "Erzieher"),
    ("Infirmier H/F", "Infirmier"),
    ("Infirmier (F/H)", "Infirmier"),
    ("Camarero (h/m)", "Camarero"),
    ("Impiegato (M/F)", "Impiegato"),
    ("Lasser (m/v/x)", "Lasser"),
    ("Verpleegkundige m/v", "Verpleegkundige"),
    ("Kierowca (K/M)", "Kierowca"),
    ("Kierowca (m/n/k)", "Kierowca"),
    ("Fisioterapeuta (m/f)", "Fisioterapeuta"),
    ("Bussförare (m/k)", "Bussförare"),
    ("Účetní (m/ž)", "Účetní"),
]

INFLECTIONS = [
    ("Verkäufer/in", "Verkäufer"),
    ("Verkäufer/-in Textil", "Verkäufer Textil"),
    ("Lehrer:innen", "Lehrer"),
    ("Lehrer*in für Musik", "Lehrer für Musik"),
    ("Pfleger_in", "Pfleger"),
    ("Verkäufer(in)", "Verkäufer"),
    ("Kaufmann/-frau", "Kaufmann"),
    ("Assistant(e) de direction", "Assistant de direction"),
    ("Vendeur/euse", "Vendeur"),
    ("Infirmier(ère)", "Infirmier"),
    ("Enfermero/a", "Enfermero"),
    ("Consultor/a Imobiliário/a", "Consultor Imobiliário"),
    ("Cameriere/a di sala", "Cameriere di sala"),
    ("Konsultant/ka infolinii", "Konsultant infolinii"),
    ("Prodavač/ka", "Prodavač"),
]

NOISE = [
    # references
    ("Welder (Ref. 2024-1187)", "Welder"),
    ("Welder #4711", "Welder"),
    ("Welder [REQ-99]", "Welder"),
    ("Ingegnere civile (rif. ING-204)", "Ingegnere civile"),
    ("Schweißer, Kennziffer: AB-12", "Schweißer"),
    ("Job ID 44411 Welder", "Welder"),
    # pay
    ("Payroll Clerk - £13.50 ph", "Payroll Clerk"),
    ("Sales Rep - £30k-£40k", "Sales Rep"),
    ("Backend Developer - up to £75k", "Backend Developer"),
    ("Receptionist – €30,000", "Receptionist"),
    ("Mechanik – 6500–9000 zł brutto", "Mechanik"),
    ("Správce systémů – až 85 000 Kč", "Správce systémů"),
    ("Lasser | €19 p/u", "Lasser"),
    # hours and terms
    ("Full-Time Cook", "Cook"),
    ("Gärtner 80-100%", "Gärtner"),
    ("Dierenarts 24-36 uur", "Dierenarts"),
    ("Dependiente 30h", "Dependiente"),
    ("Cleaner, Mon-Fri 5am-8am", "Cleaner"),
    ("Köchin in Voll- oder Teilzeit", "Köchin"),
    ("Plombier - CDI", "Plombier"),
    ("Bussförare, heltid", "Bussförare"),
    ("Účetní, HPP", "Účetní"),
    ("Pomocnik budowlany – od zaraz", "Pomocnik budowlany"),
    ("Carrellista - 3 turni", "Carrellista"),
    ("Sales Manager - Remote", "Sales Manager"),
    ("Cook WANTED!!! - immediate start", "Cook"),
    ("Koch gesucht", "Koch"),
    ("Recherche plombier", "plombier"),
    # places
    ("Nurse - London", "Nurse"),
    ("Plombier | Lyon (69)", "Plombier"),
    ("Cleaner, Leeds City Centre", "Cleaner"),
    ("Koch – Zürich", "Koch"),
    ("Koch – ZURICH", "Koch"),
    ("Receptionist – Dublin 2", "Receptionist"),
    ("Dachdecker – Raum Osnabrück", "Dachdecker"),
    ("Murarz – Rzeszów i okolice", "Murarz"),
    ("Plumber | Leeds | 40h", "Plumber"),
    # shouting
    ("WAREHOUSE OPERATIVE", "warehouse operative"),
    ("ŠÉFKUCHAŘ", "šéfkuchař"),
    ("WAREHOUSE OPERATIVE - TAMWORTH", "warehouse operative"),
    # markup and odd spaces
    ("<b>Cook</b> &amp; cleaner", "Cook & cleaner"),
    ("  Cook \n cleaner ", "Cook cleaner"),
    ("*** Cook ***", "Cook"),
    ("Cook (", "Cook"),
    # several at once
    ("Dachdecker/in (m/w/d) – ab sofort – Kassel – Ref. 77/24", "Dachdecker"),
    ("HGV CLASS 1 DRIVERS WANTED!!! £17.50 P/H - TAMWORTH", "hgv class 1 drivers"),
]


@pytest.mark.parametrize(("title", "clean"), GENDER_MARKS + INFLECTIONS + NOISE)
def test_a_title_is_freed_of_what_is_not_the_job(extractor, title, clean):
    assert extractor.title(title) == clean


@pytest.mark.parametrize(
    "title",
    [
        "C++ Developer",
        "C# Developer",
        ".NET Developer",
        "Senior C#/.NET Developer",
        "Node.js Developer",
        "R&D Engineer",
        "Developer (C/C++)",
        "Driver (C+E)",
        "Accounts (A/P) Clerk",
        "A/V Technician",
        "UX/UI Designer",
        "Cook / Kitchen Assistant",
        "Buyer/Merchandiser",
        "Koch/Köchin",
        "Verkäufer/Verkäuferin",
        "Receptionist and Porter",
        "Luft- und Raumfahrttechniker",
        "Fliesen-, Platten- und Mosaikleger",
        "Metallvergüter, -härter",
        "E-Learning-Autor/E-Learning-Autorin",
        "Ingénieur de recherche",
        "Chargé de recherche et développement",
        "Remote Sensing Technician",
        "Hybrid Vehicle Technician",
        "Aide-soignant diplômé d'État",
        "Teacher (Mathematics)",
        "Contract Manager",
        "CEO",
        "IT",
        "Chef de partie",
        "Manager, Finance",
        "Nurse in London",
        "厨师",
        "Повар",
    ],
)
def test_what_belongs_to_the_job_stays_as_it_is(extractor, title):
    assert extractor.title(title) == title


@pytest.mark.parametrize(
    ("title", "clean"),
    [
        ("Manager - Finance", "Manager, Finance"),
        ("Registered Nurse | Acute Ward – Leeds", "Registered Nurse, Acute Ward"),
        ("Fundraiser – Charity (m/f/d)", "Fundraiser, Charity"),
        ("Frisör sökes!! Salong Klippoteket", "Frisör, Salong Klippoteket"),
    ],
)
def test_the_parts_of_a_title_are_kept_and_joined_with_commas(extractor, title, clean):
    assert extractor.title(title) == clean


@pytest.mark.parametrize("title", ["London", "Nice"])
def test_the_first_part_of_a_title_is_never_taken_for_a_place(extractor, title):
    assert extractor.title(f"{title} - Paris") == title


@pytest.mark.parametrize(
    "title",
    ["(m/w/d)", "Full Time", "£20 per hour", "Urgent", "Ref. 123-45", "!!!", "...", "", "#7"],
)
def test_a_title_that_is_all_noise_comes_back_as_it_came(extractor, title):
    assert extractor.title(title) == title


def test_all_noise_over_several_lines_comes_back_on_one(extractor):
    assert extractor.title(" Full\n Time ") == "Full Time"


def test_a_title_as_long_as_a_page_is_cut(extractor):
    assert extractor.title("Cook " + "1 " * 50_000).startswith("Cook 1 1")
    assert len(extractor.title("Cook " * 50_000)) <= 300


def test_clean_titles_are_left_as_they_are(extractor):
    titles = [json.loads(line)["title"] for line in STARTER.read_text("utf-8").splitlines()]
    changed = [title for title in titles if extractor.title(title) != title]
    assert len(titles) > 600
    assert len(changed) <= 0.01 * len(titles), changed


@pytest.mark.parametrize("title", [title for title, _ in GENDER_MARKS + INFLECTIONS + NOISE])
def test_cleaning_a_second_time_changes_nothing(extractor, title):
    once = extractor.title(title)
    assert extractor.title(once) == once


@pytest.mark.parametrize(
    ("name", "language"),
    [
        ("eval/melo_titles_deu_de.jsonl", "German"),
        ("eval/melo_titles_fra_fr.jsonl", "French"),
        ("eval/melo_titles_esp_es.jsonl", "Spanish"),
        ("eval/jobbert_titles_en_dev.jsonl", "English"),
    ],
)
def test_cleaning_real_titles_a_second_time_changes_next_to_none(
    extractor, shared_data, name, language
):
    path = shared_data(name, f"cleaning real {language} titles twice is cleaning them once")
    titles = {json.loads(line)["title"] for line in path.read_text("utf-8").splitlines()}
    cleaned = {extractor.title(title) for title in titles}
    changed = {title for title in cleaned if extractor.title(title) != title}
    assert len(changed) <= 0.001 * len(cleaned), changed


AD = """Rosenhof Bakery is a family-run company founded in 1921 with three shops in town.

Your duties:
- Mix and knead doughs for bread and rolls
- Operate the ovens and watch temperatures

Requirements:
- Certificate as a baker or two years of practice

What we offer:
- 30 days of holidays and a company car
- Free fruit on every single day

How to apply:
Send your CV to jobs@rosenhof.example.com before the end of May."""


@pytest.fixture(scope="module")
def sentences(extractor):
    return extractor.sentences(AD)


def test_duties_and_requirements_are_kept(sentences):
    assert "Mix and knead doughs for bread and rolls" in sentences
    assert "Operate the ovens and watch temperatures" in sentences
    assert "Certificate as a baker" in sentences


@pytest.mark.parametrize("word", ["family-run", "1921", "holidays", "fruit", "CV", "rosenhof"])
def test_praise_of_the_company_benefits_and_how_to_apply_are_dropped(sentences, word):
    assert word not in sentences


@pytest.mark.parametrize("heading", ["Your duties", "Requirements", "What we offer", "How to"])
def test_headings_are_dropped(sentences, heading):
    assert heading not in sentences


def test_the_order_of_the_text_is_kept(extractor):
    text = f"Requirements:\n{'A steady hand is needed. ' * 3}\nDuties:\nYou paint boats by hand."
    kept = extractor.sentences(text)
    assert 0 <= kept.index("steady hand") < kept.index("You paint boats")


def test_duties_are_kept_before_requirements_when_room_is_short(make_settings):
    extractor = RuleExtractor(make_settings(extraction__max_characters=60).extraction)
    text = "Requirements:\nA steady hand and good eyes.\nDuties:\nPaint boats by hand in the yard."
    assert extractor.sentences(text) == "Paint boats by hand in the yard."


@pytest.mark.parametrize("limit", [50, 120, 500])
def test_the_limit_of_length_holds_and_is_used(make_settings, limit):
    extractor = RuleExtractor(make_settings(extraction__max_characters=limit).extraction)
    text = "Duties:\n" + "\n".join(f"Build a wall of number {n} in brick" for n in range(100))
    assert limit / 2 < len(extractor.sentences(text)) <= limit


def test_a_sentence_without_end_is_cut_and_does_not_take_all_the_room(make_settings):
    extractor = RuleExtractor(make_settings(extraction__max_characters=450).extraction)
    assert 0 < len(extractor.sentences("Duties: " + "build walls and " * 500)) <= 450


def test_html_lists_are_read_item_by_item(extractor):
    text = plain_text(
        "<p><b>Vos missions :</b></p><ul><li>Installation de réseaux d'eau</li>"
        "<li>Soudure cuivre et acier</li></ul><p><b>Avantages :</b></p>"
        "<ul><li>Une belle ambiance au bureau</li></ul>"
    )
    assert extractor.sentences(text) == "Installation de réseaux d'eau Soudure cuivre et acier"


@pytest.mark.parametrize(
    ("duties", "benefits"),
    [
        ("Ihre Aufgaben:", "Wir bieten:"),
        ("Vos missions :", "Nous offrons :"),
        ("Funciones:", "Ofrecemos:"),
        ("Mansioni:", "Si offre:"),
        ("Wat ga je doen?", "Wij bieden:"),
        ("Zakres obowiązków:", "Oferujemy:"),
        ("Funções:", "Oferecemos:"),
        ("Dina arbetsuppgifter", "Vi erbjuder:"),
        ("Náplň práce:", "Nabízíme:"),
        ("Main duties", "Benefits:"),
    ],
)
def test_headings_in_ten_languages_tell_the_parts_apart(extractor, duties, benefits):
    text = f"{duties}\nabcdef ghijkl mnopqr\n{benefits}\nstuvwx yzabcd efghij"
    assert extractor.sentences(text) == "abcdef ghijkl mnopqr"


def test_headings_inside_a_line_tell_the_parts_apart(extractor):
    text = "Mansioni: guida di carrello elevatore. Si offre: vitto e alloggio in sede."
    assert extractor.sentences(text) == "guida di carrello elevatore."


@pytest.mark.parametrize("text", ["", "\n", "Short.", "Benefits:\nA company car for all of you."])
def test_a_text_without_a_job_like_sentence_gives_none(extractor, text):
    assert extractor.sentences(text) == ""


def _ad(title, description):
    return Ad(id="1", title=title, description=description, row=1, line=1)


def test_a_profile_is_the_clean_title_and_the_sentences(extractor):
    profile = extractor.profile(_ad("Baker (m/f/d) - Leeds", "<p>You will bake our bread.</p>"))
    assert profile == Profile(title="Baker", description="You will bake our bread.")


def test_without_a_title_a_text_without_job_like_sentences_is_kept_as_it_begins(make_settings):
    extractor = RuleExtractor(make_settings(extraction__max_characters=50).extraction)
    assert extractor.profile(_ad("", "Night\n cook")).description == "Night cook"
    assert len(extractor.profile(_ad("", "Salary: " + "x" * 99)).description) == 50
    assert extractor.profile(_ad("Cook", "Night\n cook")).description == ""
