"""French: size before the noun, colour after it, both agreeing with it."""

from __future__ import annotations

from unimr_jax.data.scenes.language import Language, Parts
from unimr_jax.data.scenes.parts import spaced
from unimr_jax.data.scenes.scene import Group

# shape: gender, singular, plural
NOUNS = {
    "circle": ("m", "cercle", "cercles"),
    "square": ("m", "carré", "carrés"),
    "triangle": ("m", "triangle", "triangles"),
    "star": ("f", "étoile", "étoiles"),
    "heart": ("m", "cœur", "cœurs"),
    "moon": ("f", "lune", "lunes"),
    "cross": ("f", "croix", "croix"),
    "flower": ("f", "fleur", "fleurs"),
    "house": ("f", "maison", "maisons"),
    "tree": ("m", "arbre", "arbres"),
}
# masculine and feminine singular; the plural adds an s
ADJECTIVES = {
    "red": ("rouge", "rouge"),
    "yellow": ("jaune", "jaune"),
    "green": ("vert", "verte"),
    "blue": ("bleu", "bleue"),
    "purple": ("violet", "violette"),
    "black": ("noir", "noire"),
    "small": ("petit", "petite"),
    "big": ("grand", "grande"),
}
INVARIABLE = {"orange": "orange", "brown": "marron"}
ONE = {"m": "un", "f": "une"}
COUNTS = {2: "deux", 3: "trois", 4: "quatre"}


def noun_phrase(group: Group, case: str) -> Parts:
    """`case` is "plain" or "de" (with that preposition, elided before "un" and "une")."""
    gender, singular, plural = NOUNS[group.shape]
    phrase = spaced(
        (COUNTS.get(group.count, ONE[gender]), "count"),
        (_agreeing(group.size, group), "size") if group.size else None,
        (plural if group.count > 1 else singular, "object"),
        (_agreeing(group.colour, group), "colour"),
    )
    if case == "de":
        return (("de " if group.count > 1 else "d'", None), *phrase)
    return phrase


def _agreeing(word: str, group: Group) -> str:
    if word in INVARIABLE:
        return INVARIABLE[word]
    masculine, feminine = ADJECTIVES[word]
    adjective = masculine if NOUNS[group.shape][0] == "m" else feminine
    return adjective + "s" if group.count > 1 else adjective


LANGUAGE = Language(
    tag="fr",
    noun_phrase=noun_phrase,
    positions={
        "top_left": "en haut à gauche",
        "top_right": "en haut à droite",
        "bottom_left": "en bas à gauche",
        "bottom_right": "en bas à droite",
    },
    backgrounds={
        "white": "sur fond blanc",
        "grey": "sur fond gris",
        "pink": "sur fond rose",
        "turquoise": "sur fond turquoise",
        "sand": "sur fond sable",
    },
    times=(
        "hier", "le mois dernier", "ce matin", "vendredi dernier", "il y a deux jours", "en mars",
        "pendant le week-end", "lundi soir", "l'été dernier", "il y a une semaine", "à Noël",
        "il y a trois ans", "juste avant le déjeuner", "avant-hier",
    ),
    places=(
        "au bureau", "dans la cuisine", "dans le train", "à l'école", "à Paris",
        "à la bibliothèque", "dans le jardin", "à l'aéroport", "chez ma grand-mère",
        "sur la plage", "dans la salle de réunion", "au café", "à l'hôtel", "chez le dentiste",
    ),
    captions=(
        "{main.plain} {main.position} et {other.plain} {other.position} {background}",
        "{background}, {main.plain} {main.position} et {other.plain} {other.position}",
        "{main.plain} {main.position}, {other.plain} {other.position}, le tout {background}",
        "une image {background} avec {main.plain} {main.position} et {other.plain} "
        "{other.position}",
        "un dessin {main.de} {main.position} et {other.de} {other.position}, {background}",
        "{background} : {main.plain} {main.position}, {other.plain} {other.position}",
        "dessin simple {background} avec {other.plain} {other.position} et {main.plain} "
        "{main.position}",
        "{other.plain} {other.position}, à côté {main.de} {main.position}, {background}",
    ),
    description=(
        (
            "ce petit dessin a été réalisé {background}",
            "la feuille est toute simple et l'ensemble est posé {background}",
            "un après-midi, quelqu'un a pris le temps de dessiner une image {background}",
        ),
        (
            "en regardant {main.position}, on remarque d'abord {main.plain}",
            "le regard se pose sur {main.plain}, {main.position}",
            "l'artiste a placé {main.plain} {main.position}",
        ),
        (
            "par ailleurs, on voit {other.plain} {other.position}",
            "dans un autre quart de la feuille, {other.position}, on distingue {other.plain}",
            "en contrepoint, {other.position}, il y a de la place pour {other.plain}",
        ),
        (
            "il n'y a rien d'autre à trouver sur l'image",
            "tout le reste du papier est resté vide",
            "on n'y voit ni personnes, ni lettres, ni chiffres",
        ),
        (
            "les contours sont nets et les surfaces ont été remplies avec régularité",
            "les traits semblent soignés, comme tracés d'une main sûre",
            "chaque bord est précis et le pinceau n'a presque pas laissé de trace",
        ),
        (
            "le papier est un peu rugueux et prend doucement la lumière",
            "une lumière douce tombe sur le papier et aucune ombre ne la dérange",
            "le papier paraît mince et l'un des coins est légèrement usé",
        ),
        (
            "l'ambiance est calme et amicale, comme dans une page de livre pour enfants",
            "dans l'ensemble, la feuille a quelque chose de gai et de bien rangé",
            "il en reste une impression paisible, comme d'une note prise en passant",
        ),
        (
            "on pourrait en faire une carte postale ou l'accrocher sur la porte du réfrigérateur",
            "on se sert volontiers de telles feuilles pour apprendre à nommer les choses",
            "elle faisait sans doute partie d'une longue série dont le reste est perdu",
        ),
    ),
    frames={
        "find_image": (
            "trouve-moi l'image avec {main.plain} {main.position} et {other.plain} "
            "{other.position}",
            "je cherche l'image où l'on voit {main.plain} et {other.plain} {background}",
            "montre-moi la photo que j'ai prise {time} avec {main.plain} {main.position} et "
            "{other.plain} {other.position}",
            "il me faut l'image {background} avec {main.plain} {main.position} et {other.plain} "
            "{other.position}",
            "où est le dessin que j'ai laissé {place} avec {other.plain} et {main.plain} "
            "{main.position} ?",
        ),
        "find_note": (
            "retrouve la note que j'ai écrite {time} sur {main.plain} {main.position} et "
            "{other.plain}",
            "cherche ce que j'ai noté {place} à propos {main.de} et {other.de} {other.position}",
            "laquelle de mes notes décrit {main.plain} {main.position} à côté {other.de} "
            "{other.position} ?",
            "je veux lire le texte qui parle {main.de} et {other.de} {other.position} {background}",
            "sors-moi la note qui parle {main.de} {main.position} et {other.de} {other.position} "
            "{background}",
        ),
        "count": (
            "combien de choses y a-t-il sur l'image {background} avec {main.plain} "
            "{main.position} et {other.plain} ?",
            "compte tout ce qui figure sur le dessin avec {main.plain} et {other.plain} "
            "{other.position}",
            "dis-moi combien d'objets compte le dessin fait {time} {background} avec {main.plain} "
            "{main.position} et {other.plain} {other.position}",
            "quel est le nombre d'éléments sur l'image avec {main.plain} et {other.plain} "
            "{background} ?",
            "vérifie qu'il y a bien {main.plain} {main.position} et {other.plain} {other.position}",
        ),
        "compare": (
            "compare {main.plain} {main.position} avec {other.plain} {other.position}",
            "en quoi l'image avec {main.plain} et {other.plain} {background} diffère-t-elle de la "
            "dernière ?",
            "je veux comparer l'image reçue {time} avec {main.plain} {main.position} et "
            "{other.plain} {other.position} à une plus récente",
            "mets l'image avec {main.plain} et {other.plain} {other.position} à côté de la "
            "précédente",
            "dis-moi ce qui distingue le dessin {background} fait {place} avec {other.plain} "
            "{other.position} et {main.plain} {main.position} de tous les autres",
        ),
        "open": (
            "ouvre l'image avec {main.plain} {main.position} et {other.plain} {other.position}",
            "ouvre le fichier enregistré {time} où l'on voit {main.plain} et {other.plain} "
            "{background}",
            "affiche l'image {background} avec {main.plain} {main.position} et {other.plain} "
            "{other.position}",
            "mets le dessin avec {other.plain} {other.position} et {main.plain} sur l'écran "
            "{place}",
            "ouvre la feuille faite {place} où il y a {main.plain} {main.position} et "
            "{other.plain} {other.position}",
        ),
        "share": (
            "envoie à ma sœur l'image avec {main.plain} {main.position} et {other.plain}",
            "partage l'image que j'ai faite {time} avec {main.plain} et {other.plain} "
            "{other.position}",
            "transmets à l'équipe le dessin {main.de} {background} avec {other.plain} "
            "{other.position}",
            "publie la feuille laissée {place} avec {main.plain} {main.position} et {other.plain} "
            "{other.position}",
            "envoie par mail à Tom l'image {background} avec {main.plain} {main.position} et "
            "{other.plain}",
        ),
        "delete": (
            "supprime l'image avec {main.plain} {main.position} et {other.plain} {other.position}",
            "jette l'image reçue {time} avec {main.plain} et {other.plain} {other.position}",
            "débarrasse-moi du dessin {background} qui montre {main.plain} {main.position} et "
            "{other.plain} {other.position}",
            "enlève celui que j'ai fait {place} avec {other.plain} {other.position} et "
            "{main.plain} {main.position}",
            "efface pour de bon la feuille avec {main.plain} et {other.plain} {background}",
        ),
        "remind": (
            "rappelle-moi d'imprimer l'image avec {main.plain} {main.position} et {other.plain}",
            "ne me laisse pas oublier le dessin fait {time} {background} avec {main.plain} et "
            "{other.plain} {other.position}",
            "programme un rappel pour l'image {background} avec {main.plain} {main.position} et "
            "{other.plain} {other.position}",
            "fais-moi penser à la feuille oubliée {place} avec {main.plain} {main.position} et "
            "{other.plain} {other.position}",
            "préviens-moi plus tard pour l'image avec {other.plain} et {main.plain} {background}",
        ),
    },
    distractors=(
        "mais pas l'autre avec {distractor.plain}",
        "surtout pas {distractor.plain}",
        "Je ne parle pas {distractor.de}.",
        "Oublie {distractor.plain}.",
        "parce que la dernière fois tu m'as donné {distractor.plain}",
        "contrairement à l'autre avec {distractor.plain} que je connais déjà",
        "et laisse de côté {distractor.plain}",
    ),
    openers=(
        "Bonjour !", "Salut !", "Coucou !", "dis,", "bon alors,", "s'il te plaît,",
        "désolé de te déranger, mais", "si tu as une seconde,", "sois gentil :",
        "voyons, autre chose :", "euh, eh bien,",
    ),
    chatter=(
        "la voiture rouge de mon voisin est encore en panne",
        "il pleut ici depuis quatre jours",
        "je suis debout depuis cinq heures ce matin",
        "hier, ma fille a peint deux soleils jaunes sur le mur",
        "le mois prochain, nous emménageons dans une petite maison blanche",
        "mon chef n'arrête pas de m'en parler",
        "il y a trois chats noirs sous notre arbre",
        "la semaine dernière, j'ai perdu mes lunettes à la gare",
        "le café est vraiment mauvais ici",
        "samedi, j'ai acheté un grand canapé vert",
        "mon téléphone n'a presque plus de batterie",
        "un ami m'a offert quatre fleurs orange à Rome",
        "la lune bleue de l'enseigne me plaît beaucoup",
        "je commence à être fatigué",
        "mon frère a découpé un grand cœur violet pour sa femme",
        "la réunion commence en haut dans deux minutes",
        "ce matin, nous sommes passés devant une petite croix verte",
        "je sais que je demande trop souvent",
        "les enfants crient encore",
        "quelqu'un a dessiné une étoile jaune sur mon bureau",
    ),
    closers=(
        "Merci beaucoup !", "merci", "s'il te plaît", "si c'est possible", "Prends ton temps.",
        "dès que tu peux", "Tu me sauves la vie.", "quand tu auras un moment", "Merci d'avance !",
        "ce serait vraiment gentil",
    ),
)  # fmt: skip
