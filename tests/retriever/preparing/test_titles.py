"""What is left of titles."""

import json
from pathlib import Path

import pytest

from isco.retriever.preparing.titles import TitleCleaner

STARTER = Path(__file__).parents[3] / "ingest" / "data" / "isco08_starter.jsonl"


@pytest.fixture(scope="module")
def clean():
    return TitleCleaner().clean


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
    ("Lehrer-in", "Lehrer"),
    ("Kellner-innen", "Kellner"),
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
    ("Hiring! Cook", "Cook"),
    ("Now Hiring: Cook", "Cook"),
    ("Walk-in Interview: Nurses", "Nurses"),
    ("Urgent! Nurse", "Nurse"),
    # places
    ("Nurse, Nice", "Nurse"),
    ("Nurse - London", "Nurse"),
    ("Plombier | Lyon (69)", "Plombier"),
    ("Cleaner, Leeds City Centre", "Cleaner"),
    ("Koch – Zürich", "Koch"),
    ("Koch – ZURICH", "Koch"),
    ("Receptionist – Dublin 2", "Receptionist"),
    ("Dachdecker – Raum Osnabrück", "Dachdecker"),
    ("Murarz – Rzeszów i okolice", "Murarz"),
    ("Plumber | Leeds | 40h", "Plumber"),
    # whom a classification does not mean
    ("Actuaries, Except Life Insurance, Pensions", "Actuaries"),
    ("Clerks (except cashiers)", "Clerks"),
    ("PINTORES, EN GENERAL (EXCEPTO ARTISTAS)", "pintores"),
    ("Gerentes de bar, con menos de 10 asalariados", "Gerentes de bar"),
    ("Artisans, de 0 à 9 salariés", "Artisans"),
    ("Managers of shops with fewer than 10 employees", "Managers of shops"),
    ("Opticians, All Other", "Opticians"),
    ("TORNEROS, EN GENERAL", "torneros"),
    ("Vendeurs, sauf ambulants", "Vendeurs"),
    ("Stolarze, gdzie indziej niesklasyfikowani", "Stolarze"),
    # thirteen languages more
    ("Tømrer søges – fuldtid (m/k)", "Tømrer"),
    ("Sykepleier søkes, 100 % fast stilling", "Sykepleier"),
    ("Kokki, kokoaikainen", "Kokki"),
    ("Otsime keevitajat – täistööaeg", "keevitajat"),
    ("Pārdevējs/-a (pilna slodze)", "Pārdevējs"),
    ("Meklējam pavāru", "pavāru"),
    ("Vadybininkas (-ė)", "Vadybininkas"),
    ("Ieškomas virėjas – pilnas etatas", "virėjas"),
    ("Predavač/ka – plný úväzok, nástup ihneď", "Predavač"),
    ("Hľadáme murára", "murára"),
    ("Prodajalec/ka (m/ž) – polni delovni čas", "Prodajalec"),
    ("Traži se konobar/ica", "konobar"),
    ("Zapošljavamo: medicinska sestra, puno radno vrijeme", "medicinska sestra"),
    ("Angajăm șofer – normă întreagă", "șofer"),
    ("Hegesztő – teljes munkaidős, azonnali kezdéssel", "Hegesztő"),
    ("Eladó (férfi/nő)", "Eladó"),
    ("Търсим готвач/ка – пълен работен ден", "готвач"),
    ("Шофьор (м/ж)", "Шофьор"),
    ("Ζητείται νοσηλευτής/τρια – πλήρης απασχόληση", "νοσηλευτής"),
    ("Πωλητής (α/θ)", "Πωλητής"),
    ("Montéri, inde neuvedení", "Montéri"),
    ("Zidari, d. n.", "Zidari"),
    ("Asztalosok, kivéve műbútorasztalosok", "Asztalosok"),
    ("Работници, некласифицирани другаде", "Работници"),
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


@pytest.mark.parametrize(("title", "left"), GENDER_MARKS + INFLECTIONS + NOISE)
def test_a_title_is_freed_of_what_is_not_the_job(clean, title, left):
    assert clean(title) == left


@pytest.mark.parametrize(
    "title",
    [
        "C++ Developer",
        "Manufacturing labourers not elsewhere classified",
        "Other language teachers",
        "Drillers, including helpers",
        "Head of Employees with 10 Skills",
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
        "Check-in Agent",
        "Stand-in",
        "Live-in Carer",
        "Manager-in-Training",
        "Walk-in Clinic Nurse",
        "Urgent Care Nurse",
        "Hiring Manager",
        "Driver, Van",
        "Operator, Crane",
        "Chef de partie",
        "Manager, Finance",
        "Nurse in London",
        "厨师",
        "Повар",
    ],
)
def test_what_belongs_to_the_job_stays_as_it_is(clean, title):
    assert clean(title) == title


@pytest.mark.parametrize(
    ("title", "left"),
    [
        ("Manager - Finance", "Manager, Finance"),
        ("Registered Nurse | Acute Ward – Leeds", "Registered Nurse, Acute Ward"),
        ("Fundraiser – Charity (m/f/d)", "Fundraiser, Charity"),
        ("Frisör sökes!! Salong Klippoteket", "Frisör, Salong Klippoteket"),
    ],
)
def test_the_parts_of_a_title_are_kept_and_joined_with_commas(clean, title, left):
    assert clean(title) == left


def test_a_word_that_is_also_a_place_stays_behind_a_dash(clean):
    assert clean("Driver - van") == "Driver, van"


@pytest.mark.parametrize("title", ["London", "Nice"])
def test_the_first_part_of_a_title_is_never_taken_for_a_place(clean, title):
    assert clean(f"{title} - Paris") == title


@pytest.mark.parametrize(
    "title",
    ["(m/w/d)", "Full Time", "£20 per hour", "Urgent", "Ref. 123-45", "!!!", "...", "", "#7"],
)
def test_a_title_that_is_all_noise_comes_back_as_it_came(clean, title):
    assert clean(title) == title


def test_all_noise_over_several_lines_comes_back_on_one(clean):
    assert clean(" Full\n Time ") == "Full Time"


def test_a_title_as_long_as_a_page_is_cut(clean):
    assert clean("Cook " + "1 " * 50_000).startswith("Cook 1 1")
    assert len(clean("Cook " * 50_000)) <= 300


def test_clean_titles_are_left_as_they_are(clean):
    titles = [json.loads(line)["title"] for line in STARTER.read_text("utf-8").splitlines()]
    changed = [title for title in titles if clean(title) != title]
    assert len(titles) > 600
    assert len(changed) <= 0.01 * len(titles), changed


@pytest.mark.parametrize("title", [title for title, _ in GENDER_MARKS + INFLECTIONS + NOISE])
def test_cleaning_a_second_time_changes_nothing(clean, title):
    once = clean(title)
    assert clean(once) == once


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
    clean, shared_data, name, language
):
    path = shared_data(name, f"cleaning real {language} titles twice is cleaning them once")
    titles = {json.loads(line)["title"] for line in path.read_text("utf-8").splitlines()}
    cleaned = {clean(title) for title in titles}
    changed = {title for title in cleaned if clean(title) != title}
    assert len(changed) <= 0.001 * len(cleaned), changed
