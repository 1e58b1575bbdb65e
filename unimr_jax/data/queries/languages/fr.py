"""French: carriers are feminine, so that "de" and "à" before them never contract."""

from __future__ import annotations

from unimr_jax.data.queries.language import Language

LANGUAGE = Language(
    tag="fr",
    quotes=("« ", " »"),
    formal=("vous", "veuillez", "pouvez", "auriez", "Excusez",),
    informal=(
        "Salut", "Coucou", "te plaît", "dis,", "si tu", "tu vois", "écoute", "attends", "t’embête",
        "Laisse", "oublie", "Prends", "Tu es", "tu auras",
    ),
    carriers={
        "picture": (
            "la photo {object}", "l’image intitulée {object}", "la photo qui s’appelle {object}",
            "la photo {object} {time}", "l’image {object} prise {place}",
            "l’image ayant pour titre {object}", "la photo {object} {time} prise {place}",
            "l’image {object}",
        ),
        "pictures": (
            "photos intitulées {object}", "images sur le thème {object}",
            "photos {time} portant le titre {object}", "images portant le titre {object}",
        ),
        "note": (
            "la note {object}", "la page intitulée {object}", "l’histoire {object}",
            "la note {object} {time}", "la page {object} écrite {place}",
            "la note qui s’appelle {object}",
        ),
        "notes": (
            "notes sur le sujet {object}", "pages intitulées {object}",
            "notes {time} portant le titre {object}", "histoires intitulées {object}",
        ),
    },
    frames={
        "find_picture": (
            "montre-moi {picture}", "retrouve {picture}", "je cherche {picture}",
            "où est-ce que j’ai mis {picture} ?", "tu peux trouver {picture} ?",
            "il me faut une image de ceci : {object}", "je voudrais voir {picture}",
            "affiche-moi {count} photos sur le thème {object}", "sors {picture} de la galerie",
            "pourriez-vous me montrer {picture} ?",
        ),
        "find_text": (
            "trouve {note}", "où est {note} ?", "j’aimerais lire {note}", "va chercher {note}",
            "qu’est-ce que j’ai écrit à ce sujet : {topic}", "je ne retrouve plus {note}",
            "cherche ceci dans mes notes : {topic}", "donne-moi {count} notes sur le sujet {topic}",
            "pourriez-vous retrouver {note} ?", "est-ce que j’ai encore {note} ?",
        ),
        "compare": (
            "compare {thing} avec la précédente", "en quoi {thing} diffère-t-elle de la dernière ?",
            "mets {thing} à côté de la plus récente",
            "est-ce que {thing} est mieux que l’ancienne version ?",
            "dis-moi ce qui distingue {thing} des autres",
            "confronte {thing} à la nouvelle version",
            "qu’est-ce qui a changé par rapport à {thing} ?",
            "pourriez-vous comparer {thing} avec le reste ?",
        ),
        "open": (
            "ouvre {thing}", "tu peux ouvrir {thing} ?", "mets {thing} à l’écran",
            "ouvre-moi {thing} dans une nouvelle fenêtre", "je veux avoir {thing} sous les yeux",
            "auriez-vous la gentillesse d’ouvrir {thing} ?", "charge {thing}",
            "fais apparaître {thing} en grand",
        ),
        "share": (
            "envoie {thing} à {person}", "partage {thing} avec {person}",
            "tu pourrais transmettre {thing} à {person} ?", "fais passer {thing} à {person}",
            "envoie {thing} à {person} {when}", "transfère {thing} à {person}",
            "il faut que {person} reçoive {thing}", "pouvez-vous faire suivre {thing} à {person} ?",
        ),
        "delete": (
            "supprime {thing}", "efface {thing}", "jette {thing} à la corbeille",
            "je n’ai plus besoin de {thing}", "tu peux effacer {thing} ?",
            "enlève {thing} pour de bon", "débarrasse-moi de {thing}",
            "veuillez supprimer {thing}",
        ),
        "count": (
            "combien de {things} est-ce que j’ai ?", "compte les {things}",
            "dis-moi combien de {things} il y a", "il y a combien de {things} en tout ?",
            "est-ce que j’ai plus de {count} {things} ?", "y a-t-il vraiment {count} {things} ?",
            "je veux savoir combien de {things} sont enregistrées",
            "pourriez-vous compter les {things} ?",
        ),
        "set_reminder": (
            "rappelle-moi {when} de regarder {thing}", "mets un rappel {when} pour {thing}",
            "{when}, je dois revoir {thing}, préviens-moi",
            "ne me laisse pas oublier {thing} {when}",
            "préviens-moi {when} pour {thing}", "ajoute {thing} à ma liste pour un rappel {when}",
            "réveille-moi {when}, je dois finir {thing}",
            "pourriez-vous me rappeler {when} de vérifier {thing} ?",
        ),
    },
    times=(
        "d’hier", "de la semaine dernière", "du mois dernier", "d’il y a deux jours",
        "de l’été dernier", "de ce matin", "de vendredi", "du mois de mars", "de Noël",
        "d’avant-hier",
    ),
    whens=(
        "demain", "ce soir à sept heures", "lundi prochain", "dans une heure", "dimanche matin",
        "demain midi", "dans deux semaines", "le 3 mai", "à 8 h 30", "avant le déjeuner",
    ),
    places=(
        "au bureau", "à Paris", "à l’école", "à la plage", "à la gare", "dans la cuisine",
        "chez grand-mère", "dans le train", "au parc", "à la bibliothèque",
    ),
    persons=(
        "Anna", "ma sœur", "Mme Dupont", "mes collègues", "maman", "ma cheffe", "Omar",
        "notre professeur", "Julien", "mon voisin",
    ),
    counts=("deux", "trois", "cinq", "dix", "4", "6", "douze", "20"),
    openers=(
        "Bonjour !", "Salut !", "Coucou !", "s’il te plaît,", "dis,", "bon, alors", "désolé,",
        "si tu as une minute,", "bon,", "Excusez-moi.", "écoute,", "Encore une chose.",
    ),
    fillers=(
        "euh,", "tu vois,", "eh bien,", "voyons,", "attends,", "comme je disais,", "enfin bref,",
        "si ça ne t’embête pas,", "alors voilà,", "en fait,",
    ),
    distractors=(
        "Pas {other}.", "J’ai déjà {other}.", "Je ne parle pas de ça : {other}.",
        "La dernière fois, j’ai eu {other}.", "Laisse {other} où c’est.", "{other}, oublie.",
        "{other}, c’est autre chose.", "À ne pas confondre avec {other}.",
        "Aucun rapport avec {other}.", "{other}, c’est réglé.",
    ),
    closers=(
        "Merci !", "Merci beaucoup !", "s’il te plaît", "si c’est possible", "Prends ton temps.",
        "Merci d’avance.", "Tu es un amour.", "dès que possible", "Ce serait gentil.",
        "quand tu auras le temps",
    ),
    chatter=(
        "Mon téléphone est presque déchargé.", "Il pleut depuis des jours.",
        "Le café est infect ici.", "Je suis debout depuis cinq heures.",
        "Les enfants crient encore.", "Mon bus est de nouveau en retard.",
        "La semaine dernière, j’ai perdu mes lunettes à la gare.",
        "Mon frère a acheté un canapé vert.", "Il y a trois chats sous l’arbre.",
        "Je sais, je demande trop souvent.",
    ),
)  # fmt: skip
