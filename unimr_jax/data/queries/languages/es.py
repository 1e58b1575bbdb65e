"""Spanish: carriers are feminine, so that "de" before them never contracts."""

from __future__ import annotations

from unimr_jax.data.queries.language import Language

LANGUAGE = Language(
    tag="es",
    quotes=("«", "»"),
    formal=("podría ", "puede ", "le importaría", "sería tan", "Disculpe",),
    informal=(
        "oye", "perdona", "tienes", "mira,", "como te", "espera", "déjame", "Deja", "Olvídate",
        "confundas", "Eres", "Te lo", "tengas",
    ),
    carriers={
        "picture": (
            "la foto de {object}", "la imagen titulada {object}", "la foto {object}",
            "la imagen {object} {time}", "la foto que se llama {object}",
            "la foto {object} hecha {place}", "la imagen con el título {object}",
            "la foto {object} {time} hecha {place}",
        ),
        "pictures": (
            "fotos de {object}", "imágenes con el título {object}",
            "fotos {time} tituladas {object}",
            "imágenes de {object}",
        ),
        "note": (
            "la nota sobre {object}", "la página titulada {object}", "la historia {object}",
            "la nota {object} {time}", "la página {object} escrita {place}",
            "la nota que se llama {object}",
        ),
        "notes": (
            "notas sobre {object}", "páginas con el título {object}", "notas {time} sobre {object}",
            "historias tituladas {object}",
        ),
    },
    frames={
        "find_picture": (
            "enséñame {picture}", "búscame {picture}", "estoy buscando {picture}",
            "¿dónde he puesto {picture}?", "¿puedes encontrar {picture}?",
            "necesito una foto de esto: {object}", "quiero ver {picture}",
            "me gustaría ver {count} fotos de {object}", "saca {picture} de la galería",
            "¿me podría mostrar {picture}?",
            "no encuentro {picture} por ningún lado", "¿has visto {picture}?",
            "déjame ver {picture}", "hazme el favor de buscar {picture}",
        ),
        "find_text": (
            "encuentra {note}", "¿dónde está {note}?", "me gustaría leer {note}",
            "consulta {note}", "¿qué había escrito yo sobre {topic}?", "no encuentro {note}",
            "busca en mis notas lo siguiente: {topic}", "dame {count} notas sobre {topic}",
            "¿podría localizar {note}?", "tráeme {note}",
            "¿dónde habré guardado {note}?", "léeme {note}", "quiero repasar {note}",
            "¿en qué notas hablo de {topic}?",
        ),
        "compare": (
            "compara {thing} con la anterior", "¿en qué se diferencia {thing} de la última?",
            "pon {thing} al lado de la más reciente", "¿es mejor {thing} que la versión antigua?",
            "dime qué tiene de distinto {thing}", "coteja {thing} con la versión nueva",
            "¿qué ha cambiado respecto a {thing}?", "¿podría comparar {thing} con las demás?",
            "¿ha cambiado {thing} desde la última vez?", "¿cuál es mejor, {thing} o la nueva?",
            "quiero comparar {thing} con la versión de antes",
            "comprueba si {thing} se parece a la original",
            "¿qué diferencia hay entre {thing} y la última?",
        ),
        "open": (
            "abre {thing}", "¿puedes abrir {thing}?", "pon {thing} en la pantalla",
            "ábreme {thing} en otra ventana", "quiero tener {thing} delante",
            "¿le importaría abrir {thing}?", "carga {thing}", "déjame abierta {thing}",
            "quiero abrir {thing}", "muestra {thing} a pantalla completa",
            "¿hay forma de abrir {thing} aquí?", "ve abriendo {thing}", "¿puede abrirme {thing}?",
        ),
        "share": (
            "manda {thing} a {person}", "comparte {thing} con {person}",
            "¿podrías enviar {thing} a {person}?", "hazle llegar {thing} a {person}",
            "envíale {thing} a {person} {when}", "reenvía {thing} a {person}",
            "quiero que llegue {thing} a {person}", "¿le puede pasar {thing} a {person}?",
            "prometí enviar {thing} a {person}", "hay que pasar {thing} a {person}",
            "enseña {thing} a {person}", "haz que {thing} llegue a {person}",
            "¿podría remitir {thing} a {person}?",
        ),
        "delete": (
            "borra {thing}", "elimina {thing}", "tira {thing} a la papelera",
            "ya no necesito {thing}", "¿puedes borrar {thing}?", "quita {thing} para siempre",
            "deshazte de {thing}", "¿sería tan amable de eliminar {thing}?",
            "quiero deshacerme de {thing}", "ya no hace falta {thing}", "haz desaparecer {thing}",
            "¿te importa eliminar {thing}?", "¿podría borrar {thing} del todo?",
        ),
        "count": (
            "¿cuántas {things} tengo?", "cuenta las {things}", "dime cuántas {things} hay",
            "¿cuántas {things} hay en total?", "¿tengo más de {count} {things}?",
            "¿de verdad hay {count} {things}?", "quiero saber cuántas {things} guardé",
            "¿me puede decir cuántas {things} quedan?",
            "¿cuál es el número de {things}?", "¿cuántas {things} me quedan?",
            "haz el recuento de {things}", "me pregunto cuántas {things} tengo",
            "¿son {count} {things} en total?",
        ),
        "set_reminder": (
            "recuérdame {when} que mire {thing}", "pon un recordatorio {when} para {thing}",
            "{when} tengo que revisar {thing}, avísame", "que no se me olvide {thing} {when}",
            "avísame {when} para ver {thing}", "apunta {thing} en mi agenda para revisar {when}",
            "despiértame {when}, que tengo que terminar {thing}",
            "¿me puede recordar {when} que revise {thing}?",
            "{when} quiero ver {thing}, dímelo", "necesito un aviso {when} sobre {thing}",
            "acuérdate de decirme {when} que mire {thing}",
            "ten en cuenta que {when} debo abrir {thing}",
            "¿podría avisarme {when} de que revise {thing}?",
        ),
    },
    times=(
        "de ayer", "de la semana pasada", "del mes pasado", "de hace dos días", "del verano pasado",
        "de esta mañana", "del viernes", "de marzo", "de Navidad", "de anteayer",
    ),
    whens=(
        "mañana", "esta noche a las siete", "el próximo lunes", "dentro de una hora",
        "el domingo por la mañana", "mañana a mediodía", "en dos semanas", "el 3 de mayo",
        "a las 8:30", "antes de comer",
    ),
    places=(
        "en la oficina", "en París", "en el colegio", "en la playa", "en la estación",
        "en la cocina", "en casa de la abuela", "en el tren", "en el parque", "en la biblioteca",
    ),
    persons=(
        "Ana", "mi hermana", "la señora López", "mis compañeros", "mamá", "mi jefa", "Omar",
        "nuestra profesora", "Javier", "los vecinos",
    ),
    counts=("dos", "tres", "cinco", "diez", "4", "6", "doce", "20"),
    openers=(
        "¡Hola!", "¡Buenos días!", "¡Buenas!", "por favor,", "oye,", "vale, pues", "perdona,",
        "si tienes un momento,", "bueno,", "Disculpe.", "mira,", "Una cosa más.",
        "¡Buenas tardes!", "un favor:", "por cierto,", "Soy yo otra vez.",
    ),
    fillers=(
        "eh,", "a ver,", "pues,", "o sea,", "espera,", "como te decía,", "la verdad,",
        "bueno, eso,",
        "si no es molestia,", "déjame pensar,",
        "cómo decirlo,", "en fin,",
    ),
    distractors=(
        "No es {other}.", "{other} ya la tengo.", "No me refiero a {other}.",
        "La última vez me salió {other}.", "Deja {other} como está.", "Olvídate de {other}.",
        "{other} es otra cosa.", "No la confundas con {other}.", "No tiene que ver con {other}.",
        "Con {other} ya hemos acabado.",
    ),
    closers=(
        "¡Gracias!", "¡Muchas gracias!", "por favor", "si puede ser", "Sin prisa.", "Mil gracias.",
        "Eres un sol.", "lo antes posible", "Te lo agradecería mucho.", "cuando tengas tiempo",
        "¡Gracias de antemano!", "si no es mucho pedir",
    ),
    chatter=(
        "Casi no me queda batería.", "Lleva días lloviendo.", "El café de aquí es malísimo.",
        "Estoy despierto desde las cinco.", "Los niños están gritando otra vez.",
        "Mi autobús llega tarde de nuevo.", "La semana pasada perdí las gafas en la estación.",
        "Mi hermano se ha comprado un sofá verde.", "Hay tres gatos debajo del árbol.",
        "Ya sé que pregunto demasiado.",
    ),
)  # fmt: skip
