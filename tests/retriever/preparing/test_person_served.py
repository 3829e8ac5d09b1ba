"""Titles that name whom a job serves are the job, never the person."""

import pytest

from isco.retriever.preparing.empty_titles import EmptyTitles
from isco.retriever.preparing.person_served import without_person_served
from isco.retriever.preparing.rules import load_rules


@pytest.mark.parametrize(
    ("title", "job"),
    [
        # en
        ("PA to Managing Director", "executive assistant"),
        ("EA/PA to the CEO", "executive assistant"),
        ("Senior Executive Assistant to our Founder", "executive assistant"),
        ("Secretary to the Board", "executive assistant"),
        ("Driver for the Ambassador", "chauffeur"),
        ("Private Chef to the Ambassador", "Private Chef"),
        ("Translator for the Consul", "Translator"),
        ("Assistant to Director, London", "executive assistant, London"),
        ("Receptionist, PA to Director", "Receptionist, executive assistant"),
        # de
        ("Assistenz der Geschäftsführung", "Direktionsassistent"),
        ("Sekretärin des Direktors", "Direktionsassistent"),
        ("Fahrer für den Vorstand", "Chauffeur"),
        ("Koch für den Botschafter", "Koch"),
        # fr
        ("Assistante du directeur général", "assistant de direction"),
        ("Chauffeur du ministre", "chauffeur particulier"),
        ("Cuisinier de l'ambassadeur", "Cuisinier"),
        # es
        ("Secretaria del director", "asistente de dirección"),
        ("Conductor del embajador", "chófer particular"),
        # it
        ("Segretaria del direttore", "assistente di direzione"),
        ("Autista del presidente", "autista privato"),
        # nl
        ("Assistent van de directeur", "directiesecretaris"),
        ("Chauffeur van de minister", "privéchauffeur"),
        # pl
        ("Asystentka prezesa", "asystent zarządu"),
        ("Kierowca ambasadora", "prywatny kierowca"),
        # pt
        ("Secretária da administração", "secretário executivo"),
        ("Motorista do presidente", "motorista particular"),
        # sv
        ("Assistent till VD", "VD-assistent"),
        ("Chaufför till ambassadören", "privatchaufför"),
        # cs
        ("Asistentka ředitele", "asistent ředitele"),
        ("Řidič velvyslance", "osobní řidič"),
        # da, no
        ("Assistent til direktøren", "direktionssekretær"),
        ("Chauffør for ministeren", "privatchauffør"),
        ("Sekretær for daglig leder", "direktørsekretær"),
        ("Kokk hos ambassadøren", "Kokk"),
        # sk, sl, hr
        ("Asistentka riaditeľa", "asistent riaditeľa"),
        ("Vodič veľvyslanca", "osobný vodič"),
        ("Tajnica direktorja", "poslovni sekretar"),
        ("Tajnica direktora", "poslovni tajnik"),
        ("Vozač ministra", "osobni vozač"),
        # ro, bg, el
        ("Secretară director general", "secretară de direcție"),
        ("Șofer al ambasadorului", "șofer personal"),
        ("Секретарка на директора", "технически секретар"),
        ("Шофьор на министъра", "личен шофьор"),
        ("Γραμματέας του διευθυντή", "γραμματέας διεύθυνσης"),
        ("Οδηγός του πρέσβη", "ιδιωτικός οδηγός"),
    ],
)
def test_the_person_goes_and_the_job_stays(title, job):
    assert without_person_served(title) == job


@pytest.mark.parametrize(
    "title",
    [
        "Assistant Director of Nursing",
        "Medical Secretary to Consultant Surgeons",
        "Sales Assistant to Manager",
        "Assistant Manager",
        "Assistant Professor of Medicine",
        "Deputy Director",
        "Director of Nursing",
        "Secretary of State",
        "Vice President",
        "Truck Driver",
        "Driver for the boards factory",
        "Nurse Practitioner to Surgeons",
        "Direktionsassistent",
        "Direktor der Klinik",
        "Assistenzarzt der Chirurgie",
        "Directeur d'école",
        "assistant de direction",
        "Auxiliar de enfermería",
        "Direttore di filiale",
        "Directiesecretaresse",
        "Dyrektor szkoły",
        "Kierowca autobusu",
        "Diretor de loja",
        "Rektor till grundskola",
        "Ředitel školy",
        "Řidič autobusu",
        "Skolerektor",
        "Styrer i barnehage",
        "Riaditeľ školy",
        "Vodič autobusu",
        "Voznik avtobusa",
        "Ravnatelj škole",
        "Vozač autobusa",
        "Director de școală",
        "Șofer de autobuz",
        "Директор на училище",
        "Шофьор на автобус",
        "Διευθυντής σχολείου",
        "Οδηγός λεωφορείου",
        "",
    ],
)
def test_jobs_that_are_what_they_are_called_stay(title):
    assert without_person_served(title) == title


def test_what_a_helper_becomes_is_a_job_and_stays_one():
    is_empty = EmptyTitles().is_empty
    for rules in load_rules("person_served").values():
        for job in rules["helpers"]:
            assert without_person_served(job) == job
            assert not is_empty(job)
