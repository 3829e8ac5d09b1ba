"""Titles that say nothing of the job, in ten languages."""

import pytest

from isco.retriever.preparing.empty_titles import EmptyTitles


@pytest.fixture(scope="module")
def is_empty():
    return EmptyTitles().is_empty


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
