"""Titles that say nothing of the job, in ten languages."""

import pytest

from isco.retriever.preparing.empty_titles import EmptyTitles


@pytest.fixture(scope="module")
def is_empty():
    return EmptyTitles().is_empty


@pytest.fixture(scope="module")
def is_none():
    return EmptyTitles().is_none


@pytest.mark.parametrize(
    "title",
    [
        "", "...", "123",
        "Executive", "Senior Specialist", "New Opportunity", "Team Member", "OPERATOR",
        "Our client is looking for you!", "Join our team", "We're hiring!", "Work with us",
        "Mitarbeiterin", "Aushilfe", "Werde Teil unseres Teams", "Initiativbewerbung",
        "Employé", "Agent", "Rejoignez-nous", "Candidature spontanée",
        "Empleada", "Operario", "Únete a nuestro equipo", "Te estamos buscando",
        "Impiegato", "Addetta", "Lavora con noi", "Il nostro cliente cerca",
        "Medewerker", "Kom jij ons team versterken?", "Open sollicitatie",
        "Pracownik", "Młodszy specjalista", "Dołącz do nas",
        "Colaboradora", "Vaga", "Junte-se a nós",
        "Medarbetare", "Handläggare", "Bli en del av oss",
        "Pracovník", "Přidejte se k nám", "Hledáme vás",
        "Medarbejder", "Bliv en del af vores team", "Medarbeider", "Bli en del av teamet",
        "Työntekijä", "Liity joukkoomme", "Töötaja", "Tule meile tööle",
        "Darbinieks", "Pievienojies mums", "Darbuotoja", "Prisijunk prie mūsų",
        "Pracovníčka", "Pridajte sa k nám", "Sodelavec", "Pridruži se nam", "Djelatnica",
        "Naš klijent", "Angajat", "Alătură-te echipei", "Munkatárs", "Csatlakozz hozzánk",
        "Служител", "Присъедини се към екипа", "Υπάλληλος", "Γίνε μέλος της ομάδας μας",
    ],
)  # fmt: skip
def test_a_title_without_a_job_in_it_is_empty(is_empty, title):
    assert is_empty(title)


@pytest.mark.parametrize(
    "title",
    [
        "Sales Executive", "Executive Chef", "Care Assistant", "Security Officer", "Bar staff",
        "Executive Assistant", "Personal Assistant", "Team assistants", "Cook",
        "Lagermitarbeiter", "Fachkraft für Lagerlogistik", "Verkaufsberater",
        "Agent de sécurité", "Assistant de direction",
        "Operario de almacén", "Auxiliar de enfermería",
        "Addetto alle vendite", "Consulente del lavoro",
        "Medewerker magazijn", "Verzorgende",
        "Pracownik produkcji", "Specjalista ds. sprzedaży",
        "Colaborador de loja", "Técnico de informática",
        "Personlig assistent", "Medarbetare till lager",
        "Pracovník úklidu", "Referent nákupu",
        "厨师", "Повар",
    ],
)  # fmt: skip
def test_a_title_with_a_job_in_it_is_not(is_empty, title):
    assert not is_empty(title)


@pytest.mark.parametrize(
    "title",
    [
        "nan", "NaN", "None", "NULL", "N/A", "n.a.", "NA", "#N/A", "#REF!", "<NA>", "undefined",
        "untitled", "Unknown", "(blank)", "TBD", "Job title", "Unnamed: 3",
        "test", "Test 2", "TEST TEST", "Testing", "test posting", "xxx", "asdfgh", "string",
        "Job offer", "Vacancy", "Spontaneous application", "Now hiring!",
        "Stellenangebot", "Stellenanzeige (m/w/d)", "Initiativbewerbung", "Offene Stellen",
        "Offre d'emploi", "Offre d’emploi H/F", "Candidature spontanée", "Sans titre",
        "Oferta de empleo", "Candidatura espontánea", "Offerta di lavoro", "Candidatura spontanea",
        "Vacature", "Open sollicitatie", "Oferta pracy", "Aplikacja spontaniczna",
        "Vaga de emprego", "Candidatura espontânea", "Jobbannons", "Spontanansökan",
        "Nabídka práce", "Volné pracovní místo",
    ],
)  # fmt: skip
def test_what_stands_for_a_missing_title_is_none(is_none, title):
    assert is_none(title)


@pytest.mark.parametrize(
    "title",
    [
        "", "Nanny", "Nan Smith's carer", "Test engineer", "Tester", "Testfahrer", "NAS engineer",
        "Null-Fehler-Beauftragter", "Title clerk", "Name tag engraver", "Job coach",
        "Vacancy manager", "Offre d'emploi : boulanger", "Stellenangebot Koch",
        "Open Java developer",
        "Oferta de empleo camarero", "Vaga de cozinheiro", "Example dancer", "Unknown caller agent",
        "Executive", "CNC", "TBM operator", "XXL-Verkäufer",
    ],
)  # fmt: skip
def test_a_title_with_more_in_it_is_one(is_none, title):
    assert not is_none(title)


@pytest.mark.parametrize(
    "title",
    [
        # en
        "No data", "To be confirmed", "Insert title", "Title goes here", "not set",
        "unspecified", "DRAFT", "Copy of", "do not use", "Dummy job", "Sample vacancy",
        "Open position (m/f)", "We have a vacancy", "Talent pool", "Register your interest",
        "Keep in touch", "none yet", "null null", "Title missing", "Name of position", "N.N.",
        # de
        "Testanzeige", "Platzhalter", "Titel", "Stellenbezeichnung", "k. A.", "keine Angaben",
        "leer", "Freie Stelle", "wird nachgereicht", "Beispiel", "Entwurf", "entfällt",
        "Spontanbewerbung",
        # fr
        "Titre", "Intitulé du poste", "À préciser", "non défini", "néant", "Poste à pourvoir",
        "sans objet", "brouillon", "Vivier de candidats", "N.C.",
        # es
        "Título del puesto", "por definir", "no especificado", "vacío", "prueba", "borrador",
        "Puesto vacante", "Bolsa de empleo", "N/D",
        # it
        "Annuncio", "Titolo", "da definire", "nessuno", "bozza", "Posizione aperta", "n.d.",
        "Autocandidatura",
        # nl
        "Functietitel", "nog in te vullen", "n.v.t.", "leeg", "test vacature",
        "niet van toepassing",
        # pl
        "Nazwa stanowiska", "nie podano", "b/d", "przykład", "oferta testowa",
        "do uzupełnienia", "bez nazwy",
        # pt
        "a definir", "não especificado", "nenhum", "rascunho", "Vaga aberta", "não aplicável",
        # sv
        "ej angivet", "uppgift saknas", "exempel", "Öppen ansökan", "Ledigt jobb",
        # cs
        "Název pozice", "neuvedeno", "příklad", "není k dispozici", "volná pozice",
        "Spontánní přihláška",
        # da, no
        "Ledig stilling", "Uopfordret ansøgning", "ikke oplyst", "Åpen søknad", "Stillingstittel",
        # fi, et
        "Avoin hakemus", "Avoimet työpaikat", "tehtävänimike", "Tööpakkumine", "pealkirjata",
        # lv, lt
        "Darba sludinājums", "bez nosaukuma", "Darbo skelbimas", "nenurodyta",
        # sk, sl, hr
        "Pracovná ponuka", "názov pozície", "Prosto delovno mesto", "brez naslova",
        "Oglas za posao", "Otvorena molba", "nije navedeno",
        # ro, hu
        "Anunț angajare", "loc de muncă", "fără titlu", "Álláshirdetés", "nincs megadva",
        # bg, el
        "Обява за работа", "без заглавие", "Αγγελία", "Θέσεις εργασίας", "χωρίς τίτλο",
    ],
)  # fmt: skip
def test_what_is_not_filled_in_or_a_sample_is_none_in_every_language(is_none, title):
    assert is_none(title)
    assert is_none(title.upper())


@pytest.mark.parametrize(
    "title",
    [
        "Title Clerk", "Data Entry", "Test Driver", "Name Tag Maker", "Draftsman", "Sample Maker",
        "Position Welder", "Talent Manager", "Musterbauer", "Titelredakteur", "Plongeur sans titre",
        "Exemple de cuisinier", "Prova tecnico", "Concept Artist", "Baankok", "Tom Ford",
        "Vaga de enfermeiro", "Koncepční architekt", "Stanowisko kucharza", "Open Source Developer",
    ],
)  # fmt: skip
def test_jobs_with_such_words_are_titles(is_none, title):
    assert not is_none(title)
