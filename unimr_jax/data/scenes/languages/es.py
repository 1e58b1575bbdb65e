"""Spanish: colour and size after the noun, both agreeing with it."""

from __future__ import annotations

from unimr_jax.data.scenes.language import Language, Parts
from unimr_jax.data.scenes.parts import spaced
from unimr_jax.data.scenes.scene import Group

# shape: gender, singular, plural
NOUNS = {
    "circle": ("m", "círculo", "círculos"),
    "square": ("m", "cuadrado", "cuadrados"),
    "triangle": ("m", "triángulo", "triángulos"),
    "star": ("f", "estrella", "estrellas"),
    "heart": ("m", "corazón", "corazones"),
    "moon": ("f", "luna", "lunas"),
    "cross": ("f", "cruz", "cruces"),
    "flower": ("f", "flor", "flores"),
    "house": ("f", "casa", "casas"),
    "tree": ("m", "árbol", "árboles"),
}
# masculine and feminine singular, masculine and feminine plural
ADJECTIVES = {
    "red": ("rojo", "roja", "rojos", "rojas"),
    "orange": ("naranja", "naranja", "naranjas", "naranjas"),
    "yellow": ("amarillo", "amarilla", "amarillos", "amarillas"),
    "green": ("verde", "verde", "verdes", "verdes"),
    "blue": ("azul", "azul", "azules", "azules"),
    "purple": ("morado", "morada", "morados", "moradas"),
    "brown": ("marrón", "marrón", "marrones", "marrones"),
    "black": ("negro", "negra", "negros", "negras"),
    "small": ("pequeño", "pequeña", "pequeños", "pequeñas"),
    "big": ("grande", "grande", "grandes", "grandes"),
}
ONE = {"m": "un", "f": "una"}
COUNTS = {2: "dos", 3: "tres", 4: "cuatro"}


def noun_phrase(group: Group, case: str) -> Parts:
    """There is one `case`, "plain": prepositions do not change what follows."""
    gender, singular, plural = NOUNS[group.shape]
    return spaced(
        (COUNTS.get(group.count, ONE[gender]), "count"),
        (plural if group.count > 1 else singular, "object"),
        (_agreeing(group.colour, group), "colour"),
        (_agreeing(group.size, group), "size") if group.size else None,
    )


def _agreeing(word: str, group: Group) -> str:
    feminine, many = NOUNS[group.shape][0] == "f", group.count > 1
    return ADJECTIVES[word][2 * many + feminine]


LANGUAGE = Language(
    tag="es",
    noun_phrase=noun_phrase,
    positions={
        "top_left": "arriba a la izquierda",
        "top_right": "arriba a la derecha",
        "bottom_left": "abajo a la izquierda",
        "bottom_right": "abajo a la derecha",
    },
    backgrounds={
        "white": "sobre fondo blanco",
        "grey": "sobre fondo gris",
        "pink": "sobre fondo rosa",
        "turquoise": "sobre fondo turquesa",
        "sand": "sobre fondo color arena",
    },
    times=(
        "ayer", "el mes pasado", "esta mañana", "el viernes pasado", "hace dos días", "en marzo",
        "durante el fin de semana", "el lunes por la noche", "el verano pasado", "hace una semana",
        "en Navidad", "hace tres años", "justo antes de comer", "anteayer",
    ),
    places=(
        "en la oficina", "en la cocina", "en el tren", "en la escuela", "en París",
        "en la biblioteca", "en el jardín", "en el aeropuerto", "en casa de mi abuela",
        "en la playa", "en la sala de reuniones", "en la cafetería", "en el hotel",
        "en la consulta del dentista",
    ),
    captions=(
        "{main.plain} {main.position} y {other.plain} {other.position} {background}",
        "{background}, {main.plain} {main.position} y {other.plain} {other.position}",
        "{main.plain} {main.position}, {other.plain} {other.position}, todo ello {background}",
        "una imagen {background} con {main.plain} {main.position} y {other.plain} {other.position}",
        "un dibujo de {main.plain} {main.position} y de {other.plain} {other.position}, "
        "{background}",
        "{background}: {main.plain} {main.position}, {other.plain} {other.position}",
        "dibujo sencillo {background} con {other.plain} {other.position} y {main.plain} "
        "{main.position}",
        "{other.plain} {other.position}, junto a {main.plain} {main.position}, {background}",
    ),
    description=(
        (
            "este pequeño dibujo está hecho {background}",
            "la hoja es muy sencilla y todo se encuentra {background}",
            "una tarde, alguien se sentó a dibujar una imagen sencilla {background}",
        ),
        (
            "si miramos {main.position}, enseguida encontramos {main.plain}",
            "la vista se va enseguida hacia {main.plain}, {main.position}",
            "el artista colocó {main.plain} {main.position}",
        ),
        (
            "además, {other.position} hay {other.plain}",
            "en otro cuarto de la hoja, {other.position}, distinguimos {other.plain}",
            "como contrapunto, {other.position} queda sitio para {other.plain}",
        ),
        (
            "no hay nada más que encontrar en la imagen",
            "todas las demás partes del papel han quedado vacías",
            "no aparecen personas, letras ni números",
        ),
        (
            "los contornos son limpios y las superficies se rellenaron de manera uniforme",
            "las líneas parecen cuidadas, como trazadas con mano firme",
            "cada borde es nítido y apenas queda rastro del pincel",
        ),
        (
            "el papel es algo áspero y recoge la luz con suavidad",
            "una luz suave cae sobre el papel y ninguna sombra la estorba",
            "el papel parece fino y una de las esquinas está un poco gastada",
        ),
        (
            "el ambiente es tranquilo y amable, como el de una página de un libro infantil",
            "en conjunto, la hoja resulta alegre y ordenada",
            "deja una impresión serena, como una nota escrita de paso",
        ),
        (
            "quedaría bien en una postal o en la puerta de la nevera",
            "con hojas como esta se suele practicar el nombre de las cosas en otro idioma",
            "seguramente formaba parte de una serie más larga, cuyas otras hojas se han perdido",
        ),
    ),
    frames={
        "find_image": (
            "búscame la imagen con {main.plain} {main.position} y {other.plain} {other.position}",
            "estoy buscando la imagen donde hay {main.plain} y también {other.plain} {background}",
            "enséñame la foto que hice {time} con {main.plain} {main.position} y {other.plain} "
            "{other.position}",
            "necesito la imagen {background} con {main.plain} {main.position} y {other.plain} "
            "{other.position}",
            "¿dónde está el dibujo que dejé {place} con {other.plain} y {main.plain} "
            "{main.position}?",
        ),
        "find_note": (
            "encuentra la nota que escribí {time} sobre {main.plain} {main.position} y "
            "{other.plain}",
            "mira qué apunté {place} acerca de {main.plain} y {other.plain} {other.position}",
            "¿cuál de mis notas describe {main.plain} {main.position} junto a {other.plain} "
            "{other.position}?",
            "quiero leer el texto que habla de {main.plain} y {other.plain} {other.position} "
            "{background}",
            "sácame la nota que trata de {main.plain} {main.position} y de {other.plain} "
            "{other.position} {background}",
        ),
        "count": (
            "¿cuántas cosas hay en la imagen {background} con {main.plain} {main.position} y "
            "{other.plain}?",
            "cuenta todo lo que hay en el dibujo con {main.plain} y {other.plain} {other.position}",
            "dime cuántos objetos tiene el dibujo que hice {time} {background} con {main.plain} "
            "{main.position} y {other.plain} {other.position}",
            "¿cuál es el número de elementos de la imagen con {main.plain} y {other.plain} "
            "{background}?",
            "comprueba si de verdad hay {main.plain} {main.position} y {other.plain} "
            "{other.position}",
        ),
        "compare": (
            "compara {main.plain} {main.position} con {other.plain} {other.position}",
            "¿en qué se diferencia la imagen con {main.plain} y {other.plain} {background} de la "
            "última?",
            "quiero comparar la imagen que recibí {time} con {main.plain} {main.position} y "
            "{other.plain} {other.position} con otra más nueva",
            "pon la imagen con {main.plain} y {other.plain} {other.position} al lado de la "
            "anterior",
            "dime qué distingue el dibujo {background} que hice {place} con {other.plain} "
            "{other.position} y {main.plain} {main.position} de todos los demás",
        ),
        "open": (
            "abre la imagen con {main.plain} {main.position} y {other.plain} {other.position}",
            "abre el archivo que guardé {time} y que muestra {main.plain} y {other.plain} "
            "{background}",
            "muéstrame la imagen {background} con {main.plain} {main.position} y {other.plain} "
            "{other.position}",
            "pon el dibujo con {other.plain} {other.position} y {main.plain} en la pantalla "
            "{place}",
            "abre la hoja que hice {place}, donde hay {main.plain} {main.position} y "
            "{other.plain} {other.position}",
        ),
        "share": (
            "mándale a mi hermana la imagen con {main.plain} {main.position} y {other.plain}",
            "comparte la imagen que hice {time} con {main.plain} y {other.plain} {other.position}",
            "reenvía al equipo el dibujo de {main.plain} {background} con {other.plain} "
            "{other.position}",
            "publica la hoja que dejé {place} con {main.plain} {main.position} y {other.plain} "
            "{other.position}",
            "envíale a Tomás por correo la imagen {background} con {main.plain} {main.position} y "
            "{other.plain}",
        ),
        "delete": (
            "borra la imagen con {main.plain} {main.position} y {other.plain} {other.position}",
            "tira la imagen que recibí {time} con {main.plain} y {other.plain} {other.position}",
            "quita el dibujo {background} que muestra {main.plain} {main.position} y "
            "{other.plain} {other.position}",
            "elimina el que hice {place} con {other.plain} {other.position} y {main.plain} "
            "{main.position}",
            "borra para siempre la hoja con {main.plain} y {other.plain} {background}",
        ),
        "remind": (
            "recuérdame imprimir la imagen con {main.plain} {main.position} y {other.plain}",
            "que no se me olvide el dibujo que hice {time} {background} con {main.plain} y "
            "{other.plain} {other.position}",
            "pon un recordatorio para la imagen {background} con {main.plain} {main.position} y "
            "{other.plain} {other.position}",
            "recuérdame la hoja que dejé {place} con {main.plain} {main.position} y {other.plain} "
            "{other.position}",
            "avísame luego de la imagen con {other.plain} y {main.plain} {background}",
        ),
    },
    distractors=(
        "pero no la imagen con {distractor.plain}",
        "de ninguna manera {distractor.plain}",
        "No me refiero a {distractor.plain}.",
        "Olvídate de {distractor.plain}.",
        "porque la última vez me diste {distractor.plain}",
        "no como otra imagen con {distractor.plain} que ya conozco",
        "y deja fuera {distractor.plain}",
    ),
    openers=(
        "¡Hola!", "¡Buenas!", "¡Buenos días!", "oye,", "bueno, pues", "por favor,",
        "perdona que te moleste, pero", "si tienes un segundo,", "hazme un favor:",
        "a ver, otra cosa:", "eh, bueno,",
    ),
    chatter=(
        "el coche rojo de mi vecino se ha vuelto a averiar",
        "aquí lleva cuatro días lloviendo",
        "llevo despierto desde las cinco de la mañana",
        "ayer mi hija pintó dos soles amarillos en la pared",
        "el mes que viene nos mudamos a una casa blanca pequeña",
        "mi jefe no deja de preguntarme",
        "hay tres gatos negros debajo de nuestro árbol",
        "la semana pasada perdí las gafas en la estación",
        "el café de aquí es malísimo",
        "el sábado compré un sofá verde muy grande",
        "casi no me queda batería",
        "un amigo me regaló cuatro flores naranjas en Roma",
        "me gusta la luna azul del cartel",
        "ya me estoy cansando",
        "mi hermano recortó un corazón morado grande para su mujer",
        "la reunión de arriba empieza en dos minutos",
        "esta mañana pasamos por delante de una cruz verde pequeña",
        "sé que pregunto demasiado",
        "los niños están gritando otra vez",
        "alguien dibujó una estrella amarilla en mi mesa",
    ),
    closers=(
        "¡Muchas gracias!", "gracias", "por favor", "si es posible", "Tómate tu tiempo.",
        "en cuanto puedas", "Me salvas la vida.", "cuando tengas un momento",
        "¡Gracias de antemano!", "te lo agradecería mucho",
    ),
)  # fmt: skip
