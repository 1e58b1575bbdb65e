"""Italian: carriers follow verbs or "con" alone, with which their article never contracts."""

from __future__ import annotations

from unimr_jax.data.queries.language import Language

LANGUAGE = Language(
    tag="it",
    quotes=("«", "»"),
    formal=("potrebbe", "può ", "dispiacerebbe", "Mi scusi", "la prego"),
    informal=(
        "Ciao", "ascolta,", "scusa,", "hai ", "senti,", "sai,", "aspetta", "ti dicevo",
        "ti dispiace", "confonder", "Lascia", "Scordati", "Sei ",
    ),
    carriers={
        "picture": (
            "la foto {object}", "l’immagine intitolata {object}", "la foto che si chiama {object}",
            "l’immagine {object} {time}", "la foto {object} scattata {place}",
            "l’immagine {object}",
            "la foto {object} {time} scattata {place}", "l’immagine con il titolo {object}",
        ),
        "pictures": (
            "foto con il titolo {object}", "immagini sul tema {object}",
            "foto {time} intitolate {object}", "immagini chiamate {object}",
        ),
        "note": (
            "la nota sul tema {object}", "la pagina intitolata {object}", "la storia {object}",
            "la nota {object} {time}", "la pagina {object} scritta {place}",
            "la nota che si chiama {object}",
        ),
        "notes": (
            "note sul tema {object}", "pagine con il titolo {object}",
            "note {time} intitolate {object}", "storie chiamate {object}",
        ),
    },
    frames={
        "find_picture": (
            "mostrami {picture}", "cercami {picture}", "sto cercando {picture}",
            "dove ho messo {picture}?", "riesci a trovare {picture}?",
            "mi serve un’immagine così: {object}", "voglio vedere {picture}",
            "fammi vedere {count} foto con il titolo {object}",
            "tira fuori {picture} dalla galleria",
            "potrebbe mostrarmi {picture}?",
            "non riesco a trovare {picture}", "fammi vedere {picture}", "vorrei rivedere {picture}",
            "c’è ancora {picture}?",
        ),
        "find_text": (
            "trova {note}", "dov’è {note}?", "vorrei leggere {note}", "consulta {note}",
            "che cosa avevo scritto su questo: {topic}", "non trovo più {note}",
            "cerca questo nelle mie note: {topic}", "dammi {count} note sul tema {topic}",
            "può rintracciare {note}?", "è ancora salvata {note}?",
            "dove sarà finita {note}?", "leggimi {note}",
            "che cosa dicono le mie note su questo: {topic}", "recupera {note}",
        ),
        "compare": (
            "confronta {thing} con la precedente", "in che cosa {thing} è diversa dalle altre?",
            "metti {thing} accanto alla più recente", "è meglio {thing} o la vecchia versione?",
            "dimmi che cosa distingue {thing} dalle altre",
            "paragona {thing} con la nuova versione",
            "controlla se {thing} è cambiata dall’ultima volta",
            "potrebbe confrontare {thing} con il resto?",
            "{thing} è cambiata rispetto alla versione vecchia?",
            "vorrei paragonare {thing} con l’originale",
            "che differenza c’è fra {thing} e l’ultima?",
            "guarda se {thing} somiglia alla nuova versione",
            "può confrontare {thing} con la versione di prima?",
        ),
        "open": (
            "apri {thing}", "puoi aprire {thing}?", "metti {thing} sullo schermo",
            "aprimi {thing} in un’altra finestra", "voglio avere {thing} davanti",
            "le dispiacerebbe aprire {thing}?", "carica {thing}", "mostra {thing} a schermo intero",
            "vorrei aprire {thing}", "porta {thing} in primo piano",
            "è possibile aprire {thing} qui?", "tieni aperta {thing}", "potrebbe aprirmi {thing}?",
        ),
        "share": (
            "manda {thing} a {person}", "condividi {thing} con {person}",
            "potresti spedire {thing} a {person}?", "fai avere {thing} a {person}",
            "invia {thing} a {person} {when}", "inoltra {thing} a {person}",
            "voglio che {thing} arrivi a {person}", "può girare {thing} a {person}?",
            "ho promesso {thing} a {person}", "fai vedere {thing} a {person}",
            "bisogna mandare {thing} a {person}", "consegna {thing} a {person}",
            "potrebbe recapitare {thing} a {person}?",
        ),
        "delete": (
            "cancella {thing}", "elimina {thing}", "butta {thing} nel cestino",
            "non mi serve più {thing}", "puoi cancellare {thing}?", "togli {thing} per sempre",
            "fai sparire {thing}", "la prego di eliminare {thing}",
            "non voglio più vedere {thing}", "rimuovi {thing} dal telefono", "{thing} va eliminata",
            "ti va di cancellare {thing}?", "potrebbe rimuovere {thing} del tutto?",
        ),
        "count": (
            "quante {things} ho?", "conta quante {things} ci sono",
            "dimmi quante {things} esistono",
            "quante {things} ci sono in tutto?", "ho più di {count} {things}?",
            "ci sono davvero {count} {things}?", "voglio sapere quante {things} ho salvato",
            "può contare quante {things} restano?",
            "quante {things} mi restano?", "fai il conto: quante {things} ho?",
            "mi chiedo quante {things} ho", "in totale sono {count} {things}?",
            "qual è il numero esatto di {things}?",
        ),
        "set_reminder": (
            "ricordami {when} di guardare {thing}",
            "metti un promemoria {when} per rivedere {thing}",
            "{when} devo ricontrollare {thing}, avvisami", "non farmi dimenticare {thing} {when}",
            "avvisami {when} per vedere {thing}", "segna in agenda che {when} devo aprire {thing}",
            "svegliami {when}, devo finire {thing}",
            "potrebbe ricordarmi {when} di controllare {thing}?",
            "{when} voglio vedere {thing}, dimmelo", "non devo dimenticare {thing} {when}",
            "mandami un avviso {when} per {thing}",
            "tieni a mente che {when} devo rivedere {thing}",
            "può avvisarmi {when} di guardare {thing}?",
        ),
    },
    times=(
        "di ieri", "della settimana scorsa", "del mese scorso", "di due giorni fa",
        "dell’estate scorsa", "di stamattina", "di venerdì", "di marzo", "di Natale",
        "dell’altro ieri",
    ),
    whens=(
        "domani", "stasera alle sette", "lunedì prossimo", "fra un’ora", "domenica mattina",
        "domani a mezzogiorno", "fra due settimane", "il 3 maggio", "alle 8:30", "prima di pranzo",
    ),
    places=(
        "in ufficio", "a Parigi", "a scuola", "in spiaggia", "alla stazione", "in cucina",
        "dalla nonna", "in treno", "al parco", "in biblioteca",
    ),
    persons=(
        "Anna", "mia sorella", "Maria", "mamma", "Omar", "mio fratello", "Luca", "zia Carla",
        "tutta la classe", "mio padre",
    ),
    counts=("due", "tre", "cinque", "dieci", "4", "6", "dodici", "20"),
    openers=(
        "Ciao!", "Buongiorno!", "Buonasera!", "per favore,", "ascolta,", "allora,", "scusa,",
        "se hai un momento,", "bene,", "Mi scusi.", "senti,", "Un’altra cosa.",
        "Salve!", "un piccolo favore:", "a proposito,", "Sono di nuovo io.",
    ),
    fillers=(
        "ehm,", "dunque,", "cioè,", "aspetta,", "come ti dicevo,", "in realtà,", "sai,",
        "se non ti dispiace,", "vediamo,", "insomma,",
        "come dire,", "a dire il vero,",
    ),
    distractors=(
        "Non {other}.", "{other} ce l’ho già.", "Non intendo {other}.",
        "L’ultima volta è uscito {other}.", "Lascia stare {other}.", "Scordati {other}.",
        "{other} è un’altra cosa.", "Non confonderti con {other}.", "Non c’entra con {other}.",
        "Con {other} abbiamo finito.",
    ),
    closers=(
        "Grazie!", "Grazie mille!", "per favore", "se possibile", "Senza fretta.",
        "Grazie in anticipo.", "Sei un tesoro.", "il prima possibile", "Sarebbe bello.",
        "appena si può",
        "Grazie infinite!", "se non è un problema",
    ),
    chatter=(
        "Il mio telefono è quasi scarico.", "Piove da giorni.", "Il caffè qui è pessimo.",
        "Sono in piedi dalle cinque.", "I bambini urlano di nuovo.",
        "Il mio autobus è ancora in ritardo.",
        "La settimana scorsa ho perso gli occhiali in stazione.",
        "Mio fratello ha comprato un divano verde.", "Ci sono tre gatti sotto l’albero.",
        "Lo so, chiedo troppo spesso.",
    ),
)  # fmt: skip
