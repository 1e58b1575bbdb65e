"""German: articles, adjectives and nouns in the nominative, accusative and dative."""

from __future__ import annotations

from unimr_jax.data.scenes.language import Language, Parts
from unimr_jax.data.scenes.parts import spaced
from unimr_jax.data.scenes.scene import Group

# shape: gender, singular, plural
NOUNS = {
    "circle": ("m", "Kreis", "Kreise"),
    "square": ("n", "Quadrat", "Quadrate"),
    "triangle": ("n", "Dreieck", "Dreiecke"),
    "star": ("m", "Stern", "Sterne"),
    "heart": ("n", "Herz", "Herzen"),
    "moon": ("m", "Mond", "Monde"),
    "cross": ("n", "Kreuz", "Kreuze"),
    "flower": ("f", "Blume", "Blumen"),
    "house": ("n", "Haus", "Häuser"),
    "tree": ("m", "Baum", "Bäume"),
}
COLOURS = {
    "red": "rot",
    "orange": "orangefarben",
    "yellow": "gelb",
    "green": "grün",
    "blue": "blau",
    "purple": "violett",
    "brown": "braun",
    "black": "schwarz",
}
SIZES = {"small": "klein", "big": "groß"}
COUNTS = {2: "zwei", 3: "drei", 4: "vier"}
ARTICLES = {
    "nom": {"m": "ein", "f": "eine", "n": "ein"},
    "acc": {"m": "einen", "f": "eine", "n": "ein"},
    "dat": {"m": "einem", "f": "einer", "n": "einem"},
}
ENDINGS_AFTER_ARTICLE = {
    "nom": {"m": "er", "f": "e", "n": "es"},
    "acc": {"m": "en", "f": "e", "n": "es"},
    "dat": {"m": "en", "f": "en", "n": "en"},
}
ENDINGS_AFTER_NUMERAL = {"nom": "e", "acc": "e", "dat": "en"}


def noun_phrase(group: Group, case: str) -> Parts:
    """`case` is "nom", "acc" or "dat"."""
    gender = NOUNS[group.shape][0]
    count = COUNTS.get(group.count, ARTICLES[case][gender])
    ending = _ending(group, case, gender)
    return spaced(
        (count, "count"),
        (SIZES[group.size] + ending, "size") if group.size else None,
        (COLOURS[group.colour] + ending, "colour"),
        (_noun(group, case), "object"),
    )


def _ending(group: Group, case: str, gender: str) -> str:
    if group.count > 1:
        return ENDINGS_AFTER_NUMERAL[case]
    return ENDINGS_AFTER_ARTICLE[case][gender]


def _noun(group: Group, case: str) -> str:
    _, singular, plural = NOUNS[group.shape]
    if group.count == 1:
        return "Herzen" if (singular, case) == ("Herz", "dat") else singular
    return plural + "n" if case == "dat" and not plural.endswith("n") else plural


LANGUAGE = Language(
    tag="de",
    noun_phrase=noun_phrase,
    positions={
        "top_left": "oben links",
        "top_right": "oben rechts",
        "bottom_left": "unten links",
        "bottom_right": "unten rechts",
    },
    backgrounds={
        "white": "auf weißem Hintergrund",
        "grey": "auf grauem Hintergrund",
        "pink": "auf rosafarbenem Hintergrund",
        "turquoise": "auf türkisfarbenem Hintergrund",
        "sand": "auf sandfarbenem Hintergrund",
    },
    times=(
        "gestern", "letzten Monat", "heute Morgen", "letzten Freitag", "vor zwei Tagen", "im März",
        "am Wochenende", "am Montagabend", "letzten Sommer", "vor einer Woche",
        "an Weihnachten", "vor drei Jahren", "kurz vor dem Mittagessen", "vorgestern",
    ),
    places=(
        "im Büro", "in der Küche", "im Zug", "in der Schule", "in Paris", "in der Bibliothek",
        "im Garten", "am Flughafen", "bei meiner Oma", "am Strand", "im Besprechungsraum",
        "im Café", "im Hotel", "beim Zahnarzt",
    ),
    captions=(
        "{main.nom} {main.position} und {other.nom} {other.position} {background}",
        "{background} {main.nom} {main.position} und {other.nom} {other.position}",
        "{main.nom} {main.position}, {other.nom} {other.position}, alles {background}",
        "ein Bild {background} mit {main.dat} {main.position} und {other.dat} {other.position}",
        "eine Zeichnung mit {main.dat} {main.position} und {other.dat} {other.position} "
        "{background}",
        "{background}: {main.nom} {main.position}, {other.nom} {other.position}",
        "einfache Zeichnung {background} mit {other.dat} {other.position} und {main.dat} "
        "{main.position}",
        "{other.nom} {other.position} zusammen mit {main.dat} {main.position} {background}",
    ),
    description=(
        (
            "diese kleine Zeichnung wurde {background} angefertigt",
            "das Blatt ist schlicht, alles steht {background}",
            "an einem freien Nachmittag hat jemand {background} ein einfaches Bild gemalt",
        ),
        (
            "{main.position} bemerkt man als Erstes {main.acc}",
            "der Blick wandert sofort zu {main.dat} {main.position}",
            "der Zeichner hat {main.position} {main.acc} hingesetzt",
        ),
        (
            "außerdem sieht man {other.position} {other.acc}",
            "in einem anderen Viertel, nämlich {other.position}, erkennt man {other.acc}",
            "als Gegenstück findet sich {other.position} Platz für {other.acc}",
        ),
        (
            "sonst ist auf dem Bild nichts zu finden",
            "alle übrigen Teile des Papiers sind leer geblieben",
            "Menschen, Buchstaben oder Zahlen kommen darin nicht vor",
        ),
        (
            "die Umrisse sind sauber, und die Flächen wurden gleichmäßig ausgemalt",
            "die Linien wirken sorgfältig, wie mit ruhiger Hand gezogen",
            "jede Kante ist scharf, und vom Pinsel ist kaum eine Spur zu sehen",
        ),
        (
            "das Papier ist ein wenig rau und nimmt das Licht weich auf",
            "ein sanftes Licht fällt auf das Papier, und kein Schatten stört es",
            "das Papier scheint dünn zu sein, und eine Ecke wirkt etwas abgenutzt",
        ),
        (
            "die Stimmung ist ruhig und freundlich, fast wie auf einer Seite aus einem Kinderbuch",
            "insgesamt wirkt das Blatt heiter und aufgeräumt",
            "es hinterlässt einen stillen Eindruck, wie eine Notiz im Vorübergehen",
        ),
        (
            "man könnte es gut auf eine Postkarte drucken oder an den Kühlschrank hängen",
            "mit solchen Blättern übt man gern das Benennen von Dingen in einer fremden Sprache",
            "vermutlich gehörte es zu einer längeren Reihe, deren übrige Blätter verloren sind",
        ),
    ),
    frames={
        "find_image": (
            "such mir das Bild mit {main.dat} {main.position} und {other.dat} {other.position}",
            "ich suche das Bild, auf dem man {main.acc} und {other.acc} {background} sieht",
            "zeig mir das Foto mit {main.dat} {main.position} und {other.dat}, das ich {time} "
            "gemacht habe",
            "ich brauche das Bild {background} mit {main.dat} {main.position} und {other.dat}",
            "wo ist die Zeichnung {background} mit {other.dat} {other.position} und {main.dat} "
            "{main.position}, die ich {place} gelassen habe?",
        ),
        "find_note": (
            "finde die Notiz über {main.acc} {main.position} und {other.acc}, die ich {time} "
            "geschrieben habe",
            "such heraus, was ich {place} über das Blatt {background} mit {main.dat} und "
            "{other.dat} {other.position} notiert habe",
            "welche meiner Notizen beschreibt {main.acc} {main.position} neben {other.dat} "
            "{other.position}?",
            "ich möchte den Text über {main.acc} und {other.acc} {background} lesen",
            "hol mir die Notiz, in der es um {main.acc} {main.position} und {other.acc} "
            "{other.position} {background} geht",
        ),
        "count": (
            "wie viele Dinge sind auf dem Bild mit {main.dat} {main.position} und {other.dat}?",
            "zähl alles, was die Zeichnung {background} mit {main.dat} und {other.dat} "
            "{other.position} enthält",
            "sag mir, wie viele Sachen das Bild {background} mit {main.dat} {main.position} und "
            "{other.dat} {other.position} hat, das ich {time} gemalt habe",
            "wie viele Teile hat das Bild mit {main.dat} und {other.dat} {background}?",
            "prüf nach, ob man dort wirklich {main.acc} {main.position} und {other.acc} "
            "{other.position} sieht",
        ),
        "compare": (
            "vergleiche {main.acc} {main.position} mit {other.dat} {other.position}",
            "worin unterscheidet sich das Bild mit {main.dat} und {other.dat} {background} vom "
            "letzten?",
            "ich will das Bild {background} mit {main.dat} {main.position} und {other.dat} "
            "{other.position}, das ich {time} bekommen habe, mit einem neueren vergleichen",
            "leg das Bild {background} mit {main.dat} und {other.dat} {other.position} neben mein "
            "letztes",
            "wo liegt der Unterschied zwischen {main.dat} {main.position} und {other.dat}?",
        ),
        "open": (
            "öffne das Bild mit {main.dat} {main.position} und {other.dat} {other.position}",
            "mach die Datei auf, die {main.acc} und {other.acc} {background} zeigt und die ich "
            "{time} gespeichert habe",
            "ruf das Bild {background} mit {main.dat} {main.position} und {other.dat} auf",
            "zeig die Zeichnung {background} mit {other.dat} {other.position} und {main.dat} "
            "{main.position} {place} auf dem Bildschirm",
            "öffne das Blatt, auf dem man {main.acc} {main.position} und {other.acc} sieht",
        ),
        "share": (
            "schick meiner Schwester das Bild mit {main.dat} {main.position} und {other.dat}",
            "teile das Bild {background} mit {main.dat} und {other.dat} {other.position}, das ich "
            "{time} gemalt habe",
            "leite die Zeichnung mit {main.dat} {main.position} und {other.dat} {other.position} "
            "{background} ans Team weiter",
            "poste das Blatt mit {main.dat} und {other.dat} {background}, das {place} "
            "entstanden ist",
            "mail Tom das Bild, das {main.acc} {main.position} und {other.acc} {other.position} "
            "zeigt",
        ),
        "delete": (
            "lösche das Bild mit {main.dat} {main.position} und {other.dat} {other.position}",
            "wirf das Bild mit {main.dat} und {other.dat} {other.position} weg, das ich {time} "
            "bekommen habe",
            "entferne die Zeichnung {background}, die {main.acc} {main.position} und {other.acc} "
            "zeigt",
            "tu das Blatt {background} mit {other.dat} {other.position} und {main.dat} "
            "{main.position} weg, das ich {place} gemalt habe",
            "das Bild mit {main.dat} und {other.dat} {background} kann endgültig gelöscht werden",
        ),
        "remind": (
            "erinnere mich daran, das Bild mit {main.dat} {main.position} und {other.dat} zu "
            "drucken",
            "lass mich die Zeichnung {background} mit {main.dat} und {other.dat} {other.position} "
            "nicht vergessen, die ich {time} gemacht habe",
            "stell mir eine Erinnerung für das Bild {background} mit {main.dat} {main.position} "
            "und {other.dat} {other.position}",
            "erinnere mich an das Blatt mit {main.dat} {main.position} und {other.dat} "
            "{other.position}, das ich {place} vergessen habe",
            "sag mir später wegen des Bildes mit {other.dat} und {main.dat} {background} Bescheid",
        ),
    },
    distractors=(
        "aber nicht das Bild mit {distractor.dat}",
        "auf keinen Fall {distractor.acc}",
        "Ich meine nicht das Bild mit {distractor.dat}.",
        "{distractor.acc} will ich nicht sehen.",
        "denn letztes Mal bekam ich {distractor.acc}",
        "also nicht das andere Bild mit {distractor.dat}, das kenne ich schon",
        "und lass bitte {distractor.acc} weg",
    ),
    openers=(
        "Hallo!", "Grüß dich!", "Guten Morgen!", "hey,", "okay, also", "bitte", "entschuldige,",
        "wenn du kurz Zeit hast:", "sei so nett und hilf mir:", "so, das Nächste:", "ähm, na ja,",
    ),
    chatter=(
        "das rote Auto meines Nachbarn ist wieder kaputt",
        "es regnet hier seit vier Tagen",
        "ich bin seit fünf Uhr wach",
        "meine Tochter hat gestern zwei gelbe Sonnen an die Wand gemalt",
        "nächsten Monat ziehen wir in ein kleines weißes Haus",
        "mein Chef fragt ständig danach",
        "unter dem Baum sitzen drei schwarze Katzen",
        "letzte Woche habe ich am Bahnhof meine Brille verloren",
        "der Kaffee hier ist furchtbar",
        "am Samstag habe ich ein großes grünes Sofa gekauft",
        "mein Handy ist fast leer",
        "ein Freund in Rom hat mir vier orangefarbene Blumen geschenkt",
        "der blaue Mond auf dem Schild gefällt mir",
        "langsam werde ich müde",
        "mein Bruder hat seiner Frau ein großes violettes Herz gebastelt",
        "oben fängt gleich die Sitzung an",
        "heute früh kamen wir an einem kleinen grünen Kreuz vorbei",
        "ich weiß, ich frage zu oft",
        "die Kinder schreien schon wieder",
        "jemand hat einen gelben Stern auf meinen Tisch gemalt",
    ),
    closers=(
        "Vielen Dank!", "danke", "bitte", "wenn das geht", "Lass dir Zeit.", "so bald wie möglich",
        "Du bist ein Schatz.", "wenn du mal Zeit hast", "Danke schön!", "das wäre wirklich lieb",
    ),
)  # fmt: skip
