"""Russian.

Adjectives agree in gender, number and case. After 2, 3 and 4 in the nominative (and the inanimate
accusative) the noun stands in the genitive singular and the adjective in the plural: nominative for
feminine nouns, genitive for the others. In the oblique cases the numeral, the adjective and the
plural noun all agree. One object has no numeral. Case "about" is the prepositional with "о", which
is "об" before a vowel.
"""

from __future__ import annotations

from unimr_jax.data.scenes.language import Language, Part, Parts
from unimr_jax.data.scenes.parts import spaced
from unimr_jax.data.scenes.scene import Group

_CASES = ("nom", "acc", "gen", "dat", "ins", "pre")

# shape → gender, singular in the order of _CASES, plural gen dat ins pre
_NOUNS = {
    "circle": ("m", "круг круг круга кругу кругом круге", "кругов кругам кругами кругах"),
    "square": (
        "m",
        "квадрат квадрат квадрата квадрату квадратом квадрате",
        "квадратов квадратам квадратами квадратах",
    ),
    "triangle": (
        "m",
        "треугольник треугольник треугольника треугольнику треугольником треугольнике",
        "треугольников треугольникам треугольниками треугольниках",
    ),
    "star": ("f", "звезда звезду звезды звезде звездой звезде", "звёзд звёздам звёздами звёздах"),
    "heart": (
        "n",
        "сердце сердце сердца сердцу сердцем сердце",
        "сердец сердцам сердцами сердцах",
    ),
    "moon": ("f", "луна луну луны луне луной луне", "лун лунам лунами лунах"),
    "cross": ("m", "крест крест креста кресту крестом кресте", "крестов крестам крестами крестах"),
    "flower": (
        "m",
        "цветок цветок цветка цветку цветком цветке",
        "цветов цветам цветами цветах",
    ),
    "house": ("m", "дом дом дома дому домом доме", "домов домам домами домах"),
    "tree": (
        "n",
        "дерево дерево дерева дереву деревом дереве",
        "деревьев деревьям деревьями деревьях",
    ),
}

# declension → endings in the order of _CASES
_ENDINGS = {
    "hard": {
        "m": "ый ый ого ому ым ом",
        "n": "ое ое ого ому ым ом",
        "f": "ая ую ой ой ой ой",
        "plural": "ые ые ых ым ыми ых",
    },
    "soft": {
        "m": "ий ий его ему им ем",
        "n": "ее ее его ему им ем",
        "f": "яя юю ей ей ей ей",
        "plural": "ие ие их им ими их",
    },
    "velar": {
        "m": "ий ий ого ому им ом",
        "n": "ое ое ого ому им ом",
        "f": "ая ую ой ой ой ой",
        "plural": "ие ие их им ими их",
    },
    "stressed": {
        "m": "ой ой ого ому им ом",
        "n": "ое ое ого ому им ом",
        "f": "ая ую ой ой ой ой",
        "plural": "ие ие их им ими их",
    },
}

_ADJECTIVES = {
    "small": ("маленьк", "velar"),
    "big": ("больш", "stressed"),
    "red": ("красн", "hard"),
    "orange": ("оранжев", "hard"),
    "yellow": ("жёлт", "hard"),
    "green": ("зелён", "hard"),
    "blue": ("син", "soft"),
    "purple": ("фиолетов", "hard"),
    "brown": ("коричнев", "hard"),
    "black": ("чёрн", "hard"),
}

_NUMERALS = {
    2: "два два двух двум двумя двух",
    3: "три три трёх трём тремя трёх",
    4: "четыре четыре четырёх четырём четырьмя четырёх",
}


def _pick(forms: str, case: str) -> str:
    return forms.split()[_CASES.index(case)]


def _noun(group: Group, case: str) -> str:
    _, singular, plural = _NOUNS[group.shape]
    if group.count == 1:
        return _pick(singular, case)
    if case in ("nom", "acc"):
        return _pick(singular, "gen")
    return plural.split()[_CASES.index(case) - 2]


def _adjective(word: str, group: Group, case: str) -> str:
    gender = _NOUNS[group.shape][0]
    stem, declension = _ADJECTIVES[word]
    if group.count > 1 and case in ("nom", "acc") and gender != "f":
        case = "gen"
    row = gender if group.count == 1 else "plural"
    return stem + _pick(_ENDINGS[declension][row], case)


def _numeral(group: Group, case: str) -> str:
    if group.count == 2 and case in ("nom", "acc") and _NOUNS[group.shape][0] == "f":
        return "две"
    return _pick(_NUMERALS[group.count], case)


def _plain(group: Group, case: str) -> Parts:
    count = (_numeral(group, case), "count") if group.count > 1 else None
    size = (_adjective(group.size, group, case), "size") if group.size else None
    colour = (_adjective(group.colour, group, case), "colour")
    return spaced(count, size, colour, (_noun(group, case), "object"))


def _about(parts: Parts) -> Part:
    return ("об" if parts[0][0][0] in "аиоуэ" else "о", None)


def noun_phrase(group: Group, case: str) -> Parts:
    """`case`: nom, acc, gen, dat, ins, pre, or about (the prepositional with its "о")."""
    if case != "about":
        return _plain(group, case)
    parts = _plain(group, "pre")
    return (_about(parts), (" ", None), *parts)


LANGUAGE = Language(
    tag="ru",
    noun_phrase=noun_phrase,
    positions={
        "top_left": "вверху слева",
        "top_right": "вверху справа",
        "bottom_left": "внизу слева",
        "bottom_right": "внизу справа",
    },
    backgrounds={
        "white": "на белом фоне",
        "grey": "на сером фоне",
        "pink": "на розовом фоне",
        "turquoise": "на бирюзовом фоне",
        "sand": "на песочном фоне",
    },
    times=(
        "вчера вечером",
        "позавчера",
        "сегодня утром",
        "на прошлой неделе",
        "в прошлом месяце",
        "в прошлом году",
        "прошлым летом",
        "в прошлый вторник",
        "в понедельник утром",
        "две недели назад",
        "три дня назад",
        "в начале марта",
        "на выходных",
        "после обеда",
        "перед отпуском",
        "накануне праздников",
    ),
    places=(
        "в Париже",
        "в Казани",
        "в офисе",
        "на работе",
        "на даче",
        "в поезде",
        "в кафе",
        "в школе",
        "в библиотеке",
        "в аэропорту",
        "на вокзале",
        "в гостинице",
        "у бабушки",
        "в музее",
        "на кухне",
    ),
    captions=(
        "{main.position} {main.nom}, {other.position} {other.nom}, всё {background}.",
        "{background} {main.position} {main.nom}, а {other.position} {other.nom}.",
        "Рисунок {background}: {main.nom} {main.position} и {other.nom} {other.position}.",
        "Здесь {background} можно увидеть {main.acc} {main.position} "
        "и {other.acc} {other.position}.",
        "Изображение с {main.ins} {main.position} и {other.ins} {other.position} {background}.",
    ),
    description=(
        (
            "Это простой рисунок {background}, сделанный спокойно и без лишних деталей.",
            "Картинка нарисована {background}, аккуратно и очень понятно.",
            "Перед нами небольшая иллюстрация {background}, выполненная уверенной рукой.",
        ),
        (
            "{main.position} художник поместил {main.acc}, и взгляд сразу останавливается там.",
            "{main.position} хорошо видно {main.acc}, с чёткими и ровными краями.",
            "Прежде всего замечаешь {main.acc} {main.position}.",
        ),
        (
            "{other.position} можно разглядеть {other.acc}.",
            "А {other.position} зритель находит {other.acc}, словно в ответ.",
            "Кроме того, {other.position} автор добавил {other.acc}.",
        ),
        (
            "Между ними остаётся много свободного места, так что глазу есть где отдохнуть.",
            "Остальное пространство пустует, и от этого рисунок кажется лёгким.",
        ),
        (
            "Бумага немного шероховатая, по краям слегка помятая, как в старом альбоме.",
            "Бумага плотная и гладкая, такую обычно берут для открыток.",
        ),
        (
            "Свет ложится мягко и ровно, поэтому теней почти нет.",
            "Кажется, что свет идёт из окна тихим пасмурным утром.",
        ),
        (
            "Настроение у рисунка спокойное и чуть задумчивое.",
            "От всей работы веет детством и неторопливым летним днём.",
        ),
        (
            "Такую картинку приятно послать другу или повесить над письменным столом.",
            "Её хочется рассматривать долго, не думая ни о чём важном.",
        ),
    ),
    frames={
        "find_image": (
            "найди картинку, на которой {main.position} {main.nom}, "
            "а {other.position} {other.nom}.",
            "покажи рисунок с {main.ins} и {other.ins} {background}.",
            "где та картинка {background}, на которой {main.nom} {main.position} "
            "и {other.nom} {other.position}?",
            "ищу изображение, на котором есть {main.nom} "
            "и {other.nom} {other.position}, я видел его {time}.",
            "мне нужна картинка с {main.ins} {main.position} и {other.ins} {other.position}, "
            "которую я сохранила {place}.",
            "найди рисунок {background} с {main.ins} "
            "и {other.ins}, который мы смотрели {time} {place}.",
            "покажи картинку {background}, где помимо {other.gen} есть ещё "
            "и {main.nom} {main.position}.",
            "найди рисунок {background}, "
            "где к {main.dat} {main.position} пририсовали {other.acc} {other.position}.",
        ),
        "find_note": (
            "найди заметку, в которой говорится {main.about} {main.position} "
            "и {other.about} {other.position}.",
            "где моя запись про {main.acc} {main.position} и {other.acc} {background}?",
            "поищи, что я писал {time} {main.about} и {other.about} {background}.",
            "покажи заметку, где описаны {main.nom} {main.position} "
            "и {other.nom} {other.position}.",
            "мне нужен текст про {main.acc} и {other.acc} {background}.",
            "что я записала {place} про {main.acc} {main.position} и {other.acc} {other.position}?",
        ),
        "count": (
            "сколько всего фигур на картинке с {main.ins} {main.position} "
            "и {other.ins} {other.position}?",
            "посчитай предметы на рисунке, где {main.position} {main.nom}, "
            "а {other.position} {other.nom}.",
            "сколько у меня картинок с {main.ins} и {other.ins} {background}?",
            "сколько фигур на изображении {background} с {main.ins} {main.position} "
            "и {other.ins}, которое мне прислали {time}?",
            "скажи, сколько всего предметов на рисунке, где есть {main.nom} "
            "и {other.nom} {other.position}.",
        ),
        "compare": (
            "сравни рисунок {background}, на котором {main.nom} и {other.nom}, с предыдущим.",
            "чем картинка с {main.ins} {main.position} "
            "и {other.ins} {other.position} отличается от остальных?",
            "сопоставь изображение {background}, где есть {main.nom} {main.position} "
            "и {other.nom} {other.position}, с тем, которое мы видели {time}.",
            "что общего у рисунка с {main.ins} и {other.ins} {other.position} "
            "и у того, который мы нашли {place}?",
            "в чём разница между картинкой, где {main.position} {main.nom}, "
            "а {other.position} {other.nom}, и последней из сохранённых?",
        ),
        "open": (
            "открой картинку с {main.ins} и {other.ins} {background}.",
            "открой запись про {main.acc} {main.position} и {other.acc}, "
            "которую я сделал {time} {place}.",
            "разверни на весь экран рисунок, где {main.position} {main.nom}, "
            "а {other.position} {other.nom}.",
            "можешь открыть изображение {background} с {main.ins} {main.position} "
            "и {other.ins} {other.position}?",
            "хочу ещё раз прочитать заметку про {main.acc} {main.position} "
            "и {other.acc} {other.position}, открой её.",
        ),
        "share": (
            "отправь Ане картинку с {main.ins} и {other.ins} {background}.",
            "поделись с коллегами рисунком, на котором {main.position} {main.nom}, "
            "а {other.position} {other.nom}.",
            "перешли маме изображение {background} с {main.ins} {main.position} "
            "и {other.ins} {other.position}.",
            "скинь в общий чат заметку про {main.acc} {main.position} "
            "и {other.acc} {background}, которую я записал {time}.",
            "можно отправить сестре картинку с {main.ins} и {other.ins} {other.position}, "
            "которую мы сделали {place}?",
        ),
        "delete": (
            "удали картинку {background} с {main.ins} и {other.ins}.",
            "сотри запись про {main.acc} {main.position} "
            "и {other.acc} {other.position}, она больше не нужна.",
            "убери из галереи рисунок {background}, где {main.position} {main.nom}, "
            "а {other.position} {other.nom}.",
            "удали изображение с {main.ins} {main.position} "
            "и {other.ins} {other.position}, которое я скачал {time}.",
            "можешь удалить заметку, в которой речь идёт {main.about} "
            "и {other.about} {other.position}, ту, что я оставила {place}?",
        ),
        "remind": (
            "напомни мне про картинку с {main.ins} {main.position} и {other.ins}.",
            "напомни потом посмотреть рисунок, где {main.position} {main.nom}, "
            "а {other.position} {other.nom}.",
            "поставь напоминание про заметку, в которой говорится {main.about} "
            "и {other.about} {background}.",
            "не дай мне забыть про изображение {background} с {main.ins} {main.position} "
            "и {other.ins} {other.position}.",
            "напомни вернуться к записи про {main.acc} {main.position} "
            "и {other.acc} {other.position}, которую я сделал {place}.",
        ),
    },
    distractors=(
        "Только не ту картинку, где {distractor.nom}.",
        "Я не имею в виду рисунок с {distractor.ins}.",
        "Изображение с {distractor.ins} мне не нужно.",
        "Речь не {distractor.about}.",
        "Не путай с тем рисунком, на котором {distractor.nom}.",
        "То, что про {distractor.acc}, пропусти.",
        "только без {distractor.gen}",
    ),
    openers=(
        "Привет!",
        "Добрый день!",
        "Слушай.",
        "Так, секундочку.",
        "Извини за беспокойство.",
        "Будь добр, помоги мне.",
        "Э-э, как бы это сказать.",
        "У меня небольшая просьба.",
        "Алло, ты меня слышишь?",
        "Ну что ж, попробуем.",
        "слушай,",
        "так вот,",
    ),
    chatter=(
        "Сегодня опять льёт дождь.",
        "Я только что пришёл с работы и ужасно устал.",
        "Соседи сверху снова делают ремонт.",
        "Кофе уже остыл, надо сварить новый.",
        "Кажется, телефон скоро разрядится.",
        "Вчера мы до ночи смотрели сериал.",
        "Ребёнок наконец уснул, поэтому говорю тихо.",
        "Подожди, кто-то звонит в дверь.",
        "Мне потом ещё в магазин идти.",
        "Связь тут плохая, если что, переспроси.",
        "Брат купил в Москве красную машину.",
        "На столе лежат два зелёных яблока, и я всё смотрю на них.",
        "В субботу мы посадили на даче три дерева.",
        "Кошка уронила чёрную чашку с кухонной полки.",
        "Дочка с утра надела жёлтое платье со звёздами.",
        "На прошлой неделе в офисе покрасили стены в синий цвет.",
        "У бабушки четыре внука, и все просят мороженого.",
        "Я забыла маленький зонт в автобусе.",
    ),
    closers=(
        "Спасибо!",
        "Заранее спасибо.",
        "Буду очень благодарен.",
        "Это всё.",
        "Если можно, побыстрее.",
        "Только не торопись.",
        "Вот и всё, что мне нужно.",
        "Ты мне очень поможешь.",
        "Ладно, жду.",
        "До скорого!",
        "пожалуйста",
        "если можно",
    ),
)
