"""The most job-like sentences of an ad."""

import pytest

from isco.retriever.preparing.plain_text import plain_text
from isco.retriever.preparing.sentences import SentencePicker


@pytest.fixture(scope="module")
def picker():
    return SentencePicker()


@pytest.fixture(scope="module")
def best(picker):
    return lambda text, characters=500: picker.pick(text, characters).best


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
def sentences(best):
    return best(AD)


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


def test_the_order_of_the_text_is_kept(best):
    text = f"Requirements:\n{'A steady hand is needed. ' * 3}\nDuties:\nYou paint boats by hand."
    kept = best(text)
    assert 0 <= kept.index("steady hand") < kept.index("You paint boats")


def test_duties_are_kept_before_requirements_when_room_is_short(best):
    text = "Requirements:\nA steady hand and good eyes.\nDuties:\nPaint boats by hand in the yard."
    assert best(text, 60) == "Paint boats by hand in the yard."


@pytest.mark.parametrize("limit", [50, 120, 500])
def test_the_limit_of_length_holds_and_is_used(best, limit):
    text = "Duties:\n" + "\n".join(f"Build a wall of number {n} in brick" for n in range(100))
    assert limit / 2 < len(best(text, limit)) <= limit


def test_a_sentence_without_end_is_cut_and_does_not_take_all_the_room(best):
    assert 0 < len(best("Duties: " + "build walls and " * 500, 450)) <= 450


def test_html_lists_are_read_item_by_item(best):
    text = plain_text(
        "<p><b>Vos missions :</b></p><ul><li>Installation de réseaux d'eau</li>"
        "<li>Soudure cuivre et acier</li></ul><p><b>Avantages :</b></p>"
        "<ul><li>Une belle ambiance au bureau</li></ul>"
    )
    assert best(text) == "Installation de réseaux d'eau Soudure cuivre et acier"


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
        ("Dine arbejdsopgaver:", "Vi tilbyder:"),
        ("Arbeidsoppgaver:", "Vi tilbyr:"),
        ("Työtehtävät:", "Tarjoamme:"),
        ("Tööülesanded:", "Omalt poolt pakume:"),
        ("Darba pienākumi:", "Mēs piedāvājam:"),
        ("Darbo funkcijos:", "Mes siūlome:"),
        ("Pracovná náplň:", "Ponúkame:"),
        ("Opis delovnega mesta:", "Nudimo:"),
        ("Opis radnog mjesta:", "Što nudimo:"),
        ("Responsabilități:", "Ce oferim:"),
        ("Feladatok:", "Amit kínálunk:"),
        ("Основни отговорности:", "Ние предлагаме:"),
        ("Αρμοδιότητες:", "Προσφέρουμε:"),
    ],
)
def test_headings_in_every_language_tell_the_parts_apart(best, duties, benefits):
    text = f"{duties}\nabcdef ghijkl mnopqr\n{benefits}\nstuvwx yzabcd efghij"
    assert best(text) == "abcdef ghijkl mnopqr"


@pytest.mark.parametrize(
    ("requirements", "apply"),
    [
        ("Kvalifikationer:", "Send din ansøgning senest fredag."),
        ("Kvalifikasjoner:", "Send søknaden din innen fredag."),
        ("Odotamme sinulta:", "Lähetä hakemuksesi perjantaihin mennessä."),
        ("Nõudmised kandidaadile:", "Kandideerimiseks saada oma CV reedeks."),
        ("Prasības kandidātiem:", "Pieteikumu nosūtiet līdz piektdienai."),
        ("Reikalavimai:", "Gyvenimo aprašymą siųskite iki penktadienio."),
        ("Požiadavky:", "Svoj životopis pošlite do piatka."),
        ("Pričakujemo:", "Prijavo pošljite do petka zvečer."),
        ("Uvjeti:", "Molimo pošaljite zamolbu do petka."),
        ("Cerințe:", "Trimiteți documentele până vineri."),
        ("Elvárások:", "Az önéletrajzokat péntekig várjuk."),
        ("Изисквания:", "Изпратете документите си до петък."),
        ("Απαραίτητα προσόντα:", "Στείλτε μας βιογραφικό έως Παρασκευή."),
    ],
)
def test_requirements_are_kept_and_how_to_apply_is_dropped_in_further_languages(
    best, requirements, apply
):
    assert best(f"{requirements}\nabcdef ghijkl mnopqr\n\n{apply}") == "abcdef ghijkl mnopqr"


def test_headings_inside_a_line_tell_the_parts_apart(best):
    text = "Mansioni: guida di carrello elevatore. Si offre: vitto e alloggio in sede."
    assert best(text) == "guida di carrello elevatore."


@pytest.mark.parametrize("text", ["", "\n", "Short.", "Benefits:\nA company car for all of you."])
def test_a_text_without_a_job_like_sentence_gives_none(best, text):
    assert best(text) == ""


def test_all_that_a_text_says_of_the_job_is_told_beside_the_best_of_it(picker):
    text = "Duties:\nPaint boats by hand.\nRequirements:\nA steady hand.\nBenefits:\nFree fruit."
    found = picker.pick(text, 25)
    assert found.best == "Paint boats by hand."
    assert found.all == "Paint boats by hand. A steady hand."


# Where a sentence ends


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("Pracujesz w Budmex Sp. z o.o. w Warszawie przy murach.", "Kładziesz cegły i tynki."),
        ("Obsługa maszyn, m.in. frezarek i tokarek.", "Kontrola jakości wyrobów."),
        ("Rozmowy z klientami, np. przez telefon.", "Sprzedaż wyrobów hurtowni."),
        ("Arbeit bei Müller GmbH & Co. KG am Band.", "Wartung von Maschinen."),
        ("Pflege von Geräten, z.B. Bohrern.", "Wartung von Maschinen."),
        ("Pflege von Geräten, z. B. Bohrern.", "Wartung von Maschinen."),
        ("Gradnja za Stavbe d.o.o. v Ljubljani.", "Polaganje opeke in plošč."),
        ("Care of tools, e.g. drills and saws.", "Upkeep of machines."),
        ("Reports to Dr. Smith in the clinic.", "Upkeep of machines."),
        ("Onderhoud van machines, bijv. boren.", "Schoonmaken van de werkplaats."),
        ("Vård av verktyg, t.ex. borrar.", "Underhåll av maskiner."),
        ("Údržba strojů, tzv. frézek.", "Kontrola kvality."),
    ],
)
def test_the_full_stop_of_an_abbreviation_ends_no_sentence(picker, first, second):
    found = picker.pick(f"Duties:\n{first} {second}", len(first))
    assert (found.best, found.all) == (first, f"{first} {second}")
    assert picker.pick(f"Duties:\n{first}", len(first) - 1).best == ""


def test_a_capital_after_some_abbreviations_begins_a_sentence(best):
    assert best("Duties:\nYou sell meat, fish etc. You clean the counter.", 22) == (
        "You clean the counter."
    )


@pytest.mark.parametrize("again", ["You bake bread.", "YOU BAKE BREAD.", "• You  bake bread."])
def test_a_sentence_that_comes_again_counts_once(picker, again):
    found = picker.pick(f"You bake bread. You sell it all. \n{again}\nYou bake bread.", 500)
    assert found.best == found.all == "You bake bread. You sell it all."


# What employers say in every ad


@pytest.mark.parametrize(
    "sentence",
    [
        "We are an equal opportunity employer and value every one of you.",
        "This employer participates in E-Verify and checks every new hire.",
        "If you require an accommodation, tell our people team about that.",
        "All qualified applicants will be considered for employment here.",
        "Wir fördern die Chancengleichheit aller Menschen im Betrieb.",
        "Die Auswahl erfolgt unabhängig von Geschlecht und Herkunft.",
        "Nous veillons à l'égalité des chances dans toutes nos équipes.",
        "Ce poste est ouvert aux personnes en situation de handicap.",
        "Promovemos la igualdad de oportunidades en todos nuestros centros.",
        "La selezione rispetta le pari opportunità e non fa discriminazioni.",
        "Wij geven gelijke kansen aan iedereen, ongeacht afkomst of leeftijd.",
        "Zapewniamy równe szanse wszystkim, bez względu na wiek i płeć.",
        "Promovemos a igualdade de oportunidades em todas as lojas do grupo.",
        "Vi arbetar för jämställdhet och lika möjligheter i alla våra lag.",
        "Nabízíme rovné příležitosti všem lidem bez ohledu na věk a původ.",
    ],
)
@pytest.mark.parametrize("before", ["", "Duties:\n"])
def test_equal_opportunities_checks_and_accommodation_count_for_nothing(picker, before, sentence):
    found = picker.pick(f"{before}{sentence}", 500)
    assert found.best == found.all == ""


SPOKEN_TO = {
    "en": ("You wash pots and pans here.", "You have two years of practice."),
    "de": ("Du spülst Töpfe und Pfannen.", "Du hast zwei Jahre Praxis."),
    "fr": ("Vous lavez les casseroles ici.", "Vous avez deux ans de pratique."),
    "es": ("Limpias las ollas de la cocina.", "Tienes dos años de práctica."),
    "it": ("Lavi le pentole della cucina.", "Hai due anni di pratica."),
    "nl": ("Je wast de pannen van de keuken.", "Je hebt twee jaar ervaring."),
    "pl": ("Zmywasz garnki i patelnie.", "Masz dwa lata praktyki."),
    "pt": ("Você lava as panelas à noite.", "Você tem dois anos de prática."),
    "sv": ("Du diskar grytor och pannor.", "Du har två års vana."),
    "cs": ("Umýváte hrnce a pánve denně.", "Máte dva roky praxe."),
}


@pytest.mark.parametrize("language", SPOKEN_TO)
def test_what_the_one_spoken_to_does_is_kept_before_anything_else(best, language):
    does, has = SPOKEN_TO[language]
    company = "The kitchen stands in the old town by the river."
    assert best(f"{company} {has} {does}", len(does)) == does
    assert best(f"{does} {has} {company}", len(does)) == does


@pytest.mark.parametrize(
    "sentence",
    [
        "We invest in people and in the future of our towns.",
        "Since 1990, our engineers have shaped the bridges of the land.",
        "Our brands are at home in every kitchen.",
        "Acme Foods is a global group of restaurants.",
        "Unser Familienunternehmen wächst mit dir.",
        "Nous sommes une entreprise familiale du Jura.",
    ],
)
def test_what_the_advertiser_says_of_itself_counts_for_nothing(picker, sentence):
    found = picker.pick(f"{sentence} You wash pots and pans.", 500)
    assert found.best == found.all == "You wash pots and pans."


def test_what_comes_late_in_a_very_long_text_is_not_looked_at(picker):
    found = picker.pick("Wash pots and pans. " * 1_100 + "Peel all of the potatoes.", 500)
    assert found.all == "Wash pots and pans."
