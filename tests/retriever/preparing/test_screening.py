"""Pages that are no ads, and ads that only look like such pages."""

import json
from pathlib import Path

import pytest

from isco.core.config import load_settings
from isco.retriever.preparing.plain_text import one_line, plain_text
from isco.retriever.preparing.screening import Screen

EXAMPLES = Path(__file__).parents[3] / "examples" / "ads.jsonl"


@pytest.fixture(scope="module")
def screen():
    return Screen(load_settings(environment={}).screening)


PAGES = [
    ("error page", "404", ""),
    ("error page", "404 Not Found", "nginx/1.18.0"),
    ("error page", "Error 503", "Please come back later."),
    ("error page", "502 Bad Gateway", ""),
    ("error page", "403 Forbidden", ""),
    ("error page", "404 – Seite nicht gefunden", "Zur Startseite"),
    ("error page", "Access Denied", "You don't have permission to access /jobs on this server."),
    ("error page", "Stellenbörse", "Fehler 404. Die Seite gibt es nicht."),
    ("error page", "Página no encontrada", "Volver al inicio"),
    ("error page", "Page introuvable", "Retour à l'accueil"),
    ("error page", "Strona nie znaleziona", "Wróć"),
    ("error page", "Sidan hittades inte", ""),
    ("error page", "Jobs", "The page you were looking for has moved."),
    ("expired ad", "This job has expired", "See similar jobs"),
    ("expired ad", "Nurse", "This vacancy is no longer available."),
    ("expired ad", "Diese Stelle ist nicht mehr verfügbar", "Zur Suche"),
    ("expired ad", "Cette offre n'est plus en ligne", ""),
    ("expired ad", "Esta oferta ya no está disponible", ""),
    ("expired ad", "Questa offerta non è più attiva", ""),
    ("expired ad", "Deze vacature is verlopen", ""),
    ("expired ad", "To ogłoszenie jest nieaktualne", ""),
    ("expired ad", "Empregos", "Esta vaga já não está disponível."),
    ("expired ad", "Annonsen är inte längre tillgänglig", ""),
    ("expired ad", "Práce", "Tato nabídka již není aktuální."),
    ("human check", "Just a moment...", "Checking your browser before accessing the site."),
    ("human check", "Security Check", "Complete the security check to proceed."),
    ("human check", "Attention Required!", "Why do I have to complete a CAPTCHA?"),
    ("human check", "Jobs", "Please verify you are a human."),
    ("human check", "Stellen", "Ich bin kein Roboter"),
    ("human check", "Emplois", "Je ne suis pas un robot"),
    ("human check", "Praca", "Nie jestem robotem"),
    ("human check", "Jobs", "Please enable JavaScript to view this page."),
    ("cookie wall", "Cookies op Vacaturehaven", "Wij gebruiken cookies"),
    ("cookie wall", "We value your privacy", "We and our 214 partners use cookies."),
    ("cookie wall", "Jobs", "This website uses cookies to improve your experience."),
    ("cookie wall", "Stellen", "Wir verwenden Cookies, um Inhalte zu personalisieren."),
    ("cookie wall", "Ofertas", "Utilizamos cookies propias y de terceros."),
    ("cookie wall", "Offerte", "Utilizziamo i cookie per migliorare il sito."),
    ("cookie wall", "Jobb", "Vi använder cookies på den här webbplatsen."),
    ("login page", "Log in", "Email Password"),
    ("login page", "Please sign in to your account", ""),
    ("login page", "Connexion à votre espace candidat", "Adresse e-mail"),
    ("login page", "Anmelden", "E-Mail Passwort"),
    ("login page", "Iniciar sesión", "Correo electrónico"),
    ("login page", "Mitt konto", "Glömt lösenord?"),
    ("login page", "Portal", "Zapomenuté heslo"),
    ("login page", "Jobs", "Please log in to continue."),
    ("redirect", "Redirecting…", ""),
    ("redirect", "Reindirizzamento in corso…", "Stai per essere reindirizzato."),
    ("redirect", "Stelle", "Sie werden in Kürze weitergeleitet."),
    ("redirect", "Przekierowanie", ""),
    ("loading page", "Loading...", ""),
    ("loading page", "Oferta de empleo", "Cargando…"),
    ("loading page", "Jobs | Loading...", ""),
    ("loading page", "Stellen", "Bitte warten"),
    ("test posting", "Stelle", "Dies ist ein Test."),
    ("test posting", "Nurse", "This is just a test, please do not apply."),
    ("test posting", "Baker", "Lorem ipsum dolor sit amet"),
    ("test posting", "", "test ookjyutyytrtcvyibuinjjjj"),
    ("test posting", "Cook", "Test vacancy 17 - please ignore"),
    ("job seeker's ad", "#opentowork", "I am an experienced welder."),
    ("job seeker's ad", "Open to work: electrician", ""),
    ("job seeker's ad", "Welder", "I am a welder with ten years behind me, looking for a new job."),
    ("job seeker's ad", "Suche Arbeit als Koch", ""),
    ("job seeker's ad", "Koch", "Ich bin gelernter Koch und suche ab sofort eine neue Stelle."),
    ("job seeker's ad", "Cherche emploi", "Maçon, 20 ans d'expérience"),
    ("job seeker's ad", "Maçon", "Je suis maçon et je recherche un emploi à Lyon."),
    ("job seeker's ad", "Busco trabajo de camarera", ""),
    ("job seeker's ad", "Cerco lavoro come cuoco", ""),
    ("job seeker's ad", "Zoek werk als schilder", ""),
    ("job seeker's ad", "Szukam pracy, kierowca", ""),
    ("job seeker's ad", "Procuro emprego", "Cozinheira"),
    ("job seeker's ad", "Söker jobb", "Snickare"),
    ("job seeker's ad", "Hledám práci", "Zedník"),
    ("course", "Masterclass: how to write a novel", "With a published author."),
    ("course", "Webinar", ""),
    ("course", "Writing a novel", "One day in London. Tickets 99 pounds, lunch included."),
    ("course", "First aid", "Book your place now."),
    ("course", "Lehrgang: Schweißen", ""),
    ("course", "Schweißen", "Die Kursgebühr beträgt 300 Euro."),
    ("course", "Soudure", "Inscrivez-vous à la formation."),
    ("course", "Curso: soldadura", ""),
    ("course", "Saldatura", "La quota di iscrizione è di 200 euro."),
    ("course", "Lassen", "Schrijf je in voor deze cursus."),
    ("course", "Spawanie", "Zapisz się na kurs."),
    # thirteen languages more
    ("error page", "Siden blev ikke fundet", ""),
    ("error page", "Sivua ei löydy", ""),
    ("error page", "Az oldal nem található", ""),
    ("error page", "Страницата не е намерена", ""),
    ("expired ad", "Stillingen er ikke længere aktiv", ""),
    ("expired ad", "Annonsen er utløpt", ""),
    ("expired ad", "Hakuaika on päättynyt", ""),
    ("expired ad", "Kuulutus on aegunud", ""),
    ("expired ad", "Darbs", "Vakance vairs nav pieejama."),
    ("expired ad", "Skelbimas nebegalioja", ""),
    ("expired ad", "Práca", "Ponuka už nie je aktuálna."),
    ("expired ad", "Oglas je potekel", ""),
    ("expired ad", "Posao", "Oglas više nije aktivan."),
    ("expired ad", "Anunțul a expirat", ""),
    ("expired ad", "Állás", "A hirdetés már nem elérhető."),
    ("expired ad", "Работа", "Обявата вече не е активна."),
    ("expired ad", "Η αγγελία έχει λήξει", ""),
    ("human check", "Job", "Jeg er ikke en robot"),
    ("human check", "Работа", "Не съм робот"),
    ("cookie wall", "Job", "Vi bruger cookies på dette website."),
    ("cookie wall", "Työpaikat", "Käytämme evästeitä sivustolla."),
    ("cookie wall", "Poslovi", "Koristimo kolačiće za analizu."),
    ("login page", "Job", "Har du glemt din adgangskode?"),
    ("login page", "Állások", "Elfelejtett jelszó"),
    ("redirect", "Posao", "Bit će otvoreno: budete preusmjereni na drugu stranicu."),
    ("test posting", "Tömrer", "Dette er kun en test"),
    ("job seeker's ad", "Søger arbejde som tømrer", ""),
    ("job seeker's ad", "Etsin töitä kokkina", ""),
    ("job seeker's ad", "Otsin tööd", ""),
    ("job seeker's ad", "Meklēju darbu", ""),
    ("job seeker's ad", "Ieškau darbo", ""),
    ("job seeker's ad", "Hľadám si prácu vodiča", ""),
    ("job seeker's ad", "Iščem delo natakarja", ""),
    ("job seeker's ad", "Tražim posao konobara", ""),
    ("job seeker's ad", "Caut loc de muncă", ""),
    ("job seeker's ad", "Munkát keresek", ""),
    ("job seeker's ad", "Търся работа като шофьор", ""),
    ("job seeker's ad", "Ψάχνω για δουλειά", ""),
    ("course", "Kuharski tečaj", "Cijena tečaja je 200 eura."),
    ("course", "Курс за готвачи", "Запишете се за курса до петък."),
]


@pytest.mark.parametrize(("kind", "title", "text"), PAGES)
def test_a_page_is_told_apart_by_its_kind_and_by_what_showed_it(screen, kind, title, text):
    article = "an" if kind[0] in "aeiou" else "a"
    reason = screen.reason(title, text)
    assert reason is not None
    assert reason.startswith(f"The page reads like {article} {kind} (")
    shown = reason.split("(", 1)[1].rsplit("),", 1)[0].strip("'\"")
    assert shown.split()[0] in f"{title} {text}"


JOB_TITLES = [
    "Chef",
    "Cookie Baker",
    "Cookie Decorator",
    "Login Clerk",
    "Log In Support Engineer",
    "Sign Installer",
    "Sign Writer",
    "404 Media Reporter",
    "Security Check Officer",
    "Security Verification Analyst",
    "Loading Bay Operative",
    "Warehouse Operative - Loading",
    "Verkäufer im Laden",
    "Loader",
    "Forbidden City Guide",
    "Redirection Specialist",
    "Cookie Policy Manager",
    "Page Layout Artist",
    "Expired Products Inspector",
    "Robot Operator",
    "500 Warehouse Jobs",
    "Test engineer",
    "Tester",
    "Open Day Coordinator",
    "Workshop Manager",
    "Workshop - Mechanic",
    "Seminar Leader",
    "Webinar Producer",
    "Looking for a new job? Nurse at Leeds",
    "Job Seeker Support Officer",
    "Kursleiter",
    "Suche Koch (m/w/d)",
    "Cherche serveur",
    "Busco niñera",
    "Service Desk Agent",
    "Position Controller",
    "UX Designer",
    "Koch",
    "CNC",
]


@pytest.mark.parametrize("title", JOB_TITLES)
def test_the_title_of_a_job_passes_though_it_begins_like_a_page(screen, title):
    assert screen.reason(title, "") is None
    assert screen.reason(title, "Full time, in our team.") is None


@pytest.mark.parametrize(
    ("title", "text"),
    [("", ""), ("...", ""), ("", "!!! ??? –"), ("-", "•"), ("£", "20"), ("***", "\n\n")],
)
def test_what_has_next_to_no_letters_is_no_ad(screen, title, text):
    assert screen.reason(title, text) == "The ad is empty or nearly empty."


def test_how_few_letters_are_too_few_comes_from_the_configuration(make_settings):
    strict = Screen(make_settings(screening__min_characters=10).screening)
    assert strict.reason("Cook", "") == "The ad is empty or nearly empty."
    assert strict.reason("Kitchen porter", "") is None


AD = (
    "We are looking for a web developer. You will build our shop's login, handle consent and "
    "explain to visitors why this site uses cookies. Requirements: three years of relevant "
    "experience with JavaScript. We offer a pension and 25 days of annual leave."
)


@pytest.mark.parametrize(
    "aside",
    [
        "This site uses cookies.",
        "Please log in to see your application.",
        "Forgot your password? Write to us.",
        "Apply before the vacancy has expired.",
        "This page is protected by reCAPTCHA.",
        "Please enable JavaScript.",
        "If you are not redirected, click here.",
    ],
)
def test_an_ad_may_mention_what_such_pages_say(screen, aside):
    assert screen.reason("Web developer", f"{AD} {aside}") is None
    assert screen.reason("Web developer", f"{aside} {AD}") is None
    assert screen.reason("Jobs", aside) is not None


def test_a_long_text_is_never_a_page(make_settings):
    text = "This site uses cookies. " + "Boats are built here of oak and larch. " * 10
    assert Screen(make_settings().screening).reason("Boat builder", text) is not None
    settings = make_settings(screening__page_characters=len(text))
    assert Screen(settings.screening).reason("Boat builder", text) is None


def test_the_pages_among_the_examples_are_found_and_none_of_the_ads(screen):
    rows = [json.loads(line) for line in EXAMPLES.read_text(encoding="utf-8").splitlines()]
    found = {
        row["id"]
        for row in rows
        if screen.reason(one_line(row["title"]), plain_text(row["description"]))
    }
    assert found == {row["id"] for row in rows if row["isco_code"] == "not_a_job"}
    assert found


def test_no_real_ad_is_screened_out(screen, shared_data):
    path = shared_data("eval/hahu_ads_en_dev.jsonl", "no real ad is taken for a page")
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    reasons = {
        row["id"]: screen.reason(one_line(row["title"]), plain_text(row["description"]))
        for row in rows
    }
    assert len(reasons) == 271
    assert {ad: reason for ad, reason in reasons.items() if reason} == {}


def test_no_real_title_is_taken_for_a_page(screen, shared_data):
    path = shared_data("eval/jobbert_titles_en_dev.jsonl", "no real title is taken for a page")
    titles = [json.loads(line)["title"] for line in path.read_text(encoding="utf-8").splitlines()]
    reasons = {title: screen.reason(one_line(title), "") for title in titles}
    assert [title for title, reason in reasons.items() if reason and "page" in reason] == []
