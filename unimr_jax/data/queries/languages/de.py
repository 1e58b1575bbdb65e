"""German: carriers are feminine or neuter, whose nominative and accusative are alike."""

from __future__ import annotations

from unimr_jax.data.queries.language import Language

LANGUAGE = Language(
    tag="de",
    quotes=("„", "“"),
    formal=("Sie ",),
    informal=(
        "Grüß dich", "hey", "entschuldige", "du ", "hör mal", "sag mal", "Lass", "kannst",
        "Du bist",
    ),
    carriers={
        "picture": (
            "das Bild {object}", "das Foto mit dem Titel {object}", "das Bild zum Thema {object}",
            "das Foto {object} {time}", "das Bild {object} {place}", "die Aufnahme {object}",
            "die Aufnahme {object} {time}", "das Foto mit der Beschriftung {object} {place}",
        ),
        "pictures": (
            "Bilder mit dem Titel {object}", "Fotos zum Thema {object}",
            "Aufnahmen {time} zu {object}",
            "Bilder zu {object}",
        ),
        "note": (
            "die Notiz zu {object}", "die Geschichte {object}", "die Seite mit dem Titel {object}",
            "das Dokument {object}", "die Notiz {object} {time}", "die Seite {object} {time}",
        ),
        "notes": (
            "Notizen zu {object}", "Texte mit dem Titel {object}", "Seiten zum Thema {object}",
            "Notizen {time} zu {object}",
        ),
    },
    frames={
        "find_picture": (
            "zeig mir {picture}", "such mir bitte {picture} heraus", "ich suche {picture}",
            "wo habe ich {picture} abgelegt?", "kannst du {picture} finden?",
            "ich brauche ein Bild zu diesem Motiv: {object}", "ich möchte {picture} sehen",
            "ich hätte gern {count} Bilder zu {object}", "hol {picture} aus der Galerie",
            "könnten Sie mir {picture} zeigen?",
            "ich finde {picture} nicht mehr", "wo steckt {picture}?", "gibt es noch {picture}?",
            "blende {picture} ein",
        ),
        "find_text": (
            "find {note}", "wo ist {note}?", "ich würde gern {note} lesen",
            "schlag {note} nach", "was habe ich dazu aufgeschrieben: {topic}",
            "habe ich irgendwo {note}?", "durchsuche meine Notizen nach {topic}",
            "gib mir {count} Texte zum Thema {topic}", "können Sie {note} auftreiben?",
            "mir fehlt {note}",
            "ich kann {note} nirgends finden", "hol {note} hervor",
            "was steht in meinen Notizen zu {topic}?", "lies mir {note} vor",
        ),
        "compare": (
            "vergleich {thing} mit der letzten Fassung",
            "worin unterscheidet sich {thing} vom Rest?",
            "leg {thing} neben die neueste Fassung", "ist {thing} besser als die alte Fassung?",
            "stell {thing} und die neueste Version gegenüber",
            "sag mir, was {thing} von der alten Fassung unterscheidet",
            "prüfe, ob {thing} zur vorigen Fassung passt",
            "wie schneidet {thing} gegen die anderen ab?",
            "ich möchte {thing} mit der neuesten Fassung vergleichen",
            "hat sich {thing} seit dem letzten Mal verändert?",
            "was ist besser, {thing} oder die alte Fassung?",
            "vergleichen Sie bitte {thing} mit der vorigen Fassung",
            "halte {thing} neben die erste Version",
        ),
        "open": (
            "öffne {thing}", "mach {thing} auf", "kannst du {thing} öffnen?",
            "bring {thing} auf den Bildschirm", "öffnen Sie bitte {thing} in einem neuen Fenster",
            "ruf {thing} auf", "ich will {thing} vor mir haben", "lade {thing}",
            "ich möchte {thing} öffnen", "zeig {thing} im Vollbild",
            "geht es, {thing} hier zu öffnen?", "hol {thing} nach vorn",
            "würdest du {thing} aufmachen?",
        ),
        "share": (
            "schick {thing} an {person}", "leite {thing} an {person} weiter",
            "könntest du {thing} an {person} senden?", "gib {thing} an {person} weiter",
            "{thing} soll an {person} gehen", "sende {thing} {when} an {person}",
            "würden Sie {thing} an {person} mailen?", "{thing} muss noch an {person} raus",
            "mail {thing} an {person}", "ich möchte {thing} an {person} schicken",
            "bitte {thing} an {person} verschicken", "schicken Sie {thing} bitte an {person}",
            "kannst du {thing} an {person} weiterreichen?",
        ),
        "delete": (
            "lösch {thing}", "entferne {thing}", "wirf {thing} weg",
            "ich brauche {thing} nicht mehr",
            "kannst du {thing} löschen?", "verschieb {thing} in den Papierkorb",
            "{thing} kann weg", "bitte entfernen Sie {thing} endgültig",
            "ich will {thing} loswerden", "nimm {thing} von meinem Gerät",
            "könntest du {thing} entfernen?", "{thing} muss verschwinden",
            "würden Sie {thing} bitte löschen?",
        ),
        "count": (
            "wie viele {things} habe ich?", "zähl, wie viele {things} es gibt",
            "wie viele {things} sind gespeichert?", "habe ich mehr als {count} {things}?",
            "sag mir, wie viele {things} da sind", "sind es wirklich {count} {things}?",
            "wie viele {things} gibt es insgesamt?", "kommen wir auf {count} {things}?",
            "auf wie viele {things} komme ich?", "ich wüsste gern, wie viele {things} ich habe",
            "können Sie mir sagen, wie viele {things} es sind?",
            "rechne zusammen, wie viele {things} hier liegen",
            "wie viele {things} sind noch übrig?",
        ),
        "set_reminder": (
            "erinnere mich {when} daran, {thing} anzusehen", "ich muss {when} {thing} durchsehen, "
            "erinnere mich daran", "leg für {thing} eine Erinnerung an, und zwar {when}",
            "sag mir {when} Bescheid, dass ich {thing} brauche",
            "lass mich {when} nicht vergessen, {thing} mitzubringen",
            "weck mich {when}, ich muss {thing} fertig machen",
            "setz {thing} auf meine Liste, und zwar {when}",
            "können Sie mich {when} daran erinnern, {thing} zu prüfen?",
            "melde dich {when}, damit ich {thing} anschaue",
            "ich darf {when} {thing} nicht vergessen",
            "{when} will ich {thing} ansehen, gib mir Bescheid",
            "stups mich {when} an, ich muss {thing} prüfen",
            "würden Sie mich {when} erinnern, {thing} anzusehen?",
        ),
    },
    times=(
        "von gestern", "aus der letzten Woche", "vom letzten Freitag", "von heute Morgen",
        "vom letzten Sommer", "von vorgestern", "aus dem März", "von Weihnachten",
        "vom Wochenende", "aus dem Jahr 2019",
    ),
    whens=(
        "morgen", "heute Abend um sieben", "nächsten Montag", "in einer Stunde", "am Sonntagmorgen",
        "morgen Mittag", "in zwei Wochen", "am 3. Mai", "um 8:30 Uhr", "vor dem Mittagessen",
    ),
    places=(
        "aus dem Büro", "aus Paris", "aus der Schule", "vom Strand", "vom Bahnhof", "aus der Küche",
        "aus dem Zug", "aus dem Park", "aus der Bibliothek", "vom Flughafen",
    ),
    persons=(
        "Anna", "meine Schwester", "Herrn Braun", "das Team", "Mama", "meine Chefin", "Omar",
        "unsere Lehrerin", "Jonas", "die Nachbarn",
    ),
    counts=("zwei", "drei", "fünf", "zehn", "4", "6", "zwölf", "20"),
    openers=(
        "Hallo!", "Grüß dich!", "Guten Morgen!", "bitte,", "hey,", "okay, also", "entschuldige,",
        "wenn du kurz Zeit hast:", "so, jetzt:", "Entschuldigung.", "hör mal,", "Noch etwas.",
        "Guten Abend!", "kleine Bitte:", "ach ja,", "Ich noch mal.",
    ),
    fillers=(
        "ähm,", "na ja,", "weißt du,", "Moment,", "also,", "wie gesagt:", "sag mal,", "tja,",
        "ach so,", "mal überlegen,",
        "wie soll ich sagen,", "genauer gesagt:",
    ),
    distractors=(
        "Nicht {other}.", "{other} habe ich schon.", "Ich meine nicht {other}.",
        "Letztes Mal kam {other}.", "Lass {other} in Ruhe.", "{other} kannst du vergessen.",
        "{other} ist etwas anderes.", "Bitte nicht mit {other} verwechseln.",
        "Mit {other} hat das nichts zu tun.", "{other} ist schon erledigt.",
    ),
    closers=(
        "Danke!", "Vielen Dank!", "bitte", "wenn das geht", "Lass dir Zeit.", "Danke schön!",
        "Du bist ein Schatz.", "so bald wie möglich", "Das wäre lieb.", "wenn es keine Mühe macht",
        "Tausend Dank!", "falls es passt",
    ),
    chatter=(
        "Mein Handy ist fast leer.", "Es regnet seit Tagen.", "Der Kaffee hier ist furchtbar.",
        "Ich bin seit fünf Uhr wach.", "Die Kinder schreien schon wieder.",
        "Mein Bus hat wieder Verspätung.",
        "Letzte Woche habe ich am Bahnhof meine Brille verloren.",
        "Mein Bruder hat ein grünes Sofa gekauft.", "Unter dem Baum sitzen drei Katzen.",
        "Ich weiß, ich frage zu oft.",
    ),
)  # fmt: skip
