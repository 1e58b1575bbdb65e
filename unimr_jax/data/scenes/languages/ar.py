"""Arabic (modern standard, unvocalised).

Adjectives follow the noun, colour before size. Two objects stand in the dual, with the numeral
behind the noun to make the number plain. 3 and 4 go before the plural noun and take the gender
opposite to that of its singular; plurals of things have feminine singular adjectives. Case is
written only in the dual and in the accusative of masculine singulars, except on colours of the
pattern "أحمر", which take no tanwin. No template puts a prefix on a noun phrase.
"""

from __future__ import annotations

from unimr_jax.data.scenes.language import Language, Parts
from unimr_jax.data.scenes.parts import spaced
from unimr_jax.data.scenes.scene import Group

# shape → gender, singular, plural
_NOUNS = {
    "circle": ("f", "دائرة", "دوائر"),
    "square": ("m", "مربع", "مربعات"),
    "triangle": ("m", "مثلث", "مثلثات"),
    "star": ("f", "نجمة", "نجمات"),
    "heart": ("m", "قلب", "قلوب"),
    "moon": ("m", "قمر", "أقمار"),
    "cross": ("m", "صليب", "صلبان"),
    "flower": ("f", "زهرة", "زهرات"),
    "house": ("m", "بيت", "بيوت"),
    "tree": ("f", "شجرة", "شجرات"),
}

# masculine and feminine singular
_ADJECTIVES = {
    "small": ("صغير", "صغيرة"),
    "big": ("كبير", "كبيرة"),
    "red": ("أحمر", "حمراء"),
    "orange": ("برتقالي", "برتقالية"),
    "yellow": ("أصفر", "صفراء"),
    "green": ("أخضر", "خضراء"),
    "blue": ("أزرق", "زرقاء"),
    "purple": ("بنفسجي", "بنفسجية"),
    "brown": ("بني", "بنية"),
    "black": ("أسود", "سوداء"),
}

# number → with a masculine, with a feminine noun
_NUMERALS = {3: ("ثلاثة", "ثلاث"), 4: ("أربعة", "أربع")}


_DUAL_ENDINGS = {"nom": "ان", "acc": "ين", "gen": "ين"}


def _dual(word: str, case: str) -> str:
    ending = _DUAL_ENDINGS[case]
    if word.endswith("ة"):
        return word[:-1] + "ت" + ending
    if word.endswith("اء"):
        return word[:-1] + "و" + ending
    return word + ending


def _singular(word: str, case: str) -> str:
    takes_tanwin = case == "acc" and not word.startswith("أ") and not word.endswith(("ة", "اء"))
    return word + "ًا" if takes_tanwin else word


def _number(word: str, group: Group, case: str) -> str:
    return _dual(word, case) if group.count == 2 else _singular(word, case)


def _adjective(word: str, group: Group, case: str) -> str:
    masculine, feminine = _ADJECTIVES[word]
    if group.count > 2:
        return feminine
    return _number(masculine if _NOUNS[group.shape][0] == "m" else feminine, group, case)


def _two(gender: str, case: str) -> str:
    return ("اثن" if gender == "m" else "اثنت") + _DUAL_ENDINGS[case]


def _counted_noun(group: Group, case: str) -> Parts:
    gender, singular, plural = _NOUNS[group.shape]
    if group.count > 2:
        numeral = _NUMERALS[group.count][gender == "f"]
        return spaced((numeral, "count"), (plural, "object"))
    noun = (_number(singular, group, case), "object")
    return spaced(noun, (_two(gender, case), "count") if group.count == 2 else None)


def noun_phrase(group: Group, case: str) -> Parts:
    """`case`: nom, acc or gen; always indefinite."""
    colour = (_adjective(group.colour, group, case), "colour")
    size = (_adjective(group.size, group, case), "size") if group.size else None
    return (*_counted_noun(group, case), (" ", None), *spaced(colour, size))


LANGUAGE = Language(
    tag="ar",
    noun_phrase=noun_phrase,
    positions={
        "top_left": "في أعلى اليسار",
        "top_right": "في أعلى اليمين",
        "bottom_left": "في أسفل اليسار",
        "bottom_right": "في أسفل اليمين",
    },
    backgrounds={
        "white": "على خلفية بيضاء",
        "grey": "على خلفية رمادية",
        "pink": "على خلفية وردية",
        "turquoise": "على خلفية فيروزية",
        "sand": "على خلفية رملية",
    },
    times=(
        "مساء أمس",
        "أول أمس",
        "صباح اليوم",
        "في الأسبوع الماضي",
        "في الشهر الماضي",
        "في العام الماضي",
        "في الصيف الماضي",
        "يوم الثلاثاء الماضي",
        "صباح الاثنين",
        "قبل أسبوعين",
        "قبل ثلاثة أيام",
        "في بداية شهر مارس",
        "في نهاية الأسبوع الماضي",
        "بعد ظهر أمس",
        "قبل العطلة",
        "ليلة العيد",
    ),
    places=(
        "في باريس",
        "في القاهرة",
        "في المكتب",
        "في المدرسة",
        "في القطار",
        "في المقهى",
        "في المكتبة",
        "في المطار",
        "في الفندق",
        "في المتحف",
        "عند جدتي",
        "على الشاطئ",
        "في السوق",
        "في الجامعة",
        "في المطبخ",
    ),
    captions=(
        "{main.nom} {main.position}، وكذلك {other.nom} {other.position} {background}.",
        "{background} نرى {main.acc} {main.position} مع {other.gen} {other.position}.",
        "صورة تعرض {main.acc} {main.position} إلى جانب {other.gen} {other.position} {background}.",
        "رسم {background} فيه {main.nom} {main.position} مع {other.gen} {other.position}.",
        "{main.position} {main.nom}، بينما {other.position} {other.nom}، {background}.",
    ),
    description=(
        (
            "هذا رسم بسيط {background}، مرسوم بعناية ومن دون تفاصيل زائدة.",
            "رُسمت هذه اللوحة {background} بطريقة هادئة وواضحة.",
            "أمامنا لوحة لطيفة {background}، أنجزتها يد واثقة.",
        ),
        (
            "{main.position} وضع الرسام {main.acc}، وهناك تتوقف العين طويلًا.",
            "{main.position} نلاحظ {main.acc} بحواف واضحة ودقيقة.",
            "نرى قبل كل شيء {main.acc} {main.position}.",
        ),
        (
            "أما {other.position} فقد أضاف الرسام {other.acc}.",
            "ثم نجد {other.acc} {other.position} في انسجام هادئ مع ما سبق.",
            "كما يمكن أن نرى {other.acc} {other.position}.",
        ),
        (
            "يبقى بينهما فراغ واسع يمنح العين فرصة للراحة.",
            "بقية المساحة فارغة تمامًا، ولهذا تبدو اللوحة خفيفة ومريحة.",
        ),
        (
            "الورق خشن قليلًا ومطوي عند الأطراف كصفحة من دفتر قديم.",
            "الورق سميك وناعم، يشبه ورق بطاقات التهنئة.",
        ),
        (
            "الضوء ناعم ومتوازن، ولذلك لا تكاد الظلال تظهر.",
            "يبدو أن الضوء يأتي من نافذة قريبة في صباح غائم.",
        ),
        (
            "أجواء الرسم هادئة، وفيها شيء من الحنين إلى أيام الطفولة.",
            "يشعر من ينظر إلى هذا العمل بالسكينة وببهجة يوم صيفي طويل.",
        ),
        (
            "إنها لوحة تصلح هدية لصديق أو زينة فوق طاولة العمل.",
            "يمكن للمرء أن يتأملها طويلًا من دون أن يشعر بمرور الوقت.",
        ),
    ),
    frames={
        "find_image": (
            "ابحث عن الصورة التي فيها {main.nom} {main.position} مع {other.gen} {other.position}.",
            "أرني الصورة التي تضم {main.acc} مع {other.gen} {background}.",
            "أين الصورة التي فيها {main.nom} {main.position} "
            "مع {other.gen} {other.position} {background}؟",
            "أريد الصورة التي رأيتها {time} وفيها {main.nom} "
            "إلى جانب {other.gen} {other.position}.",
            "جد لي الرسم الذي يحتوي على {main.gen} {main.position} "
            "إلى جانب {other.gen} {other.position}.",
            "ابحث عن الصورة التي حفظتها {place} وفيها {main.nom} {main.position} "
            "وكذلك {other.nom} {background}.",
        ),
        "find_note": (
            "ابحث عن الملاحظة التي تتحدث عن {main.gen} {main.position} "
            "مع {other.gen} {other.position}.",
            "أين ملاحظتي عن {main.gen} {main.position} إلى جانب {other.gen} {background}؟",
            "ماذا كتبت {time} عن {main.gen} {main.position} مع {other.gen}؟",
            "أعطني النص الذي يصف {main.acc} {main.position} مع {other.gen} {other.position}.",
            "ابحث في ملاحظاتي عن {main.gen} إلى جانب {other.gen} {background}.",
            "أرني الملاحظة التي دوّنتها {place} عن {main.gen} مع {other.gen} {other.position}.",
        ),
        "count": (
            "كم شكلًا في الصورة التي فيها {main.nom} مع {other.gen} {other.position}؟",
            "كم عدد الأشياء في الصورة التي تعرض {main.acc} {main.position} "
            "إلى جانب {other.gen} {other.position}؟",
            "احسب عدد الأشكال في الرسم الذي يضم {main.acc} {main.position} "
            "مع {other.gen} {other.position}.",
            "كم رسمًا حفظت {time} وفيه {main.nom} {main.position} مع {other.gen} {background}؟",
            "كم صورة عندي فيها {main.nom} مع {other.gen} {background}؟",
        ),
        "compare": (
            "قارن الصورة التي فيها {main.nom} مع {other.gen} {background} بالصورة السابقة.",
            "ما الفرق بين الصورة التي تعرض {main.acc} {main.position} "
            "مع {other.gen} {other.position} والصورة الأخيرة؟",
            "قارن الرسم الذي فيه {main.nom} {main.position} "
            "إلى جانب {other.gen} {other.position} {background} بالرسم الذي رأيناه {time}.",
            "بماذا تختلف الصورة التي تضم {main.acc} {main.position} "
            "مع {other.gen} {other.position} عن غيرها؟",
            "ما المشترك بين الصورة التي فيها {main.nom} إلى جانب {other.gen} {other.position} "
            "والصورة التي وجدناها {place}؟",
        ),
        "open": (
            "افتح الصورة التي فيها {main.nom} مع {other.gen} {background}.",
            "افتح الملاحظة التي كتبتها {time} {place} عن {main.gen} {main.position} "
            "مع {other.gen}.",
            "اعرض على الشاشة كلها الرسم الذي فيه {main.nom} {main.position} "
            "مع {other.gen} {other.position}.",
            "هل يمكنك فتح الصورة التي تضم {main.acc} {main.position} "
            "إلى جانب {other.gen} {other.position} {background}؟",
            "أريد أن أقرأ من جديد الملاحظة التي تصف {main.acc} {main.position} "
            "إلى جانب {other.gen} {other.position}.",
        ),
        "share": (
            "أرسل إلى سلمى الصورة التي فيها {main.nom} مع {other.gen} {background}.",
            "شارك مع زملائي الرسم الذي يضم {main.acc} {main.position} "
            "مع {other.gen} {other.position}.",
            "أرسل إلى أمي الصورة التي فيها {main.nom} {main.position} "
            "مع {other.gen} {other.position} {background}.",
            "انشر في المجموعة الملاحظة التي كتبتها {time} عن {main.gen} {main.position} "
            "إلى جانب {other.gen} {background}.",
            "هل يمكنك أن ترسل إلى أختي الصورة التي حفظناها {place} "
            "وفيها {main.nom} بجانب {other.gen} {other.position}؟",
        ),
        "delete": (
            "احذف الصورة التي فيها {main.nom} {main.position} مع {other.gen}.",
            "امسح الملاحظة التي تتحدث عن {main.gen} "
            "مع {other.gen} {background}، فلم أعد أحتاج إليها.",
            "أزل من الألبوم الرسم الذي فيه {main.nom} {main.position} "
            "مع {other.gen} {other.position} {background}.",
            "احذف الصورة التي حمّلتها {time} وفيها {main.nom} {main.position} "
            "إلى جانب {other.gen} {other.position}.",
            "هل يمكنك حذف الملاحظة التي تركتها {place} عن {main.gen} {main.position} "
            "مع {other.gen} {other.position}؟",
        ),
        "remind": (
            "ذكّرني بالصورة التي فيها {main.nom} مع {other.gen} {other.position}.",
            "ذكّرني لاحقًا بأن أشاهد الرسم الذي يضم {main.acc} {main.position} "
            "مع {other.gen} {other.position}.",
            "أضف تذكيرًا بالملاحظة التي تتحدث عن {main.gen} إلى جانب {other.gen} {background}.",
            "لا تدعني أنسى الصورة التي تعرض {main.acc} {main.position} "
            "وكذلك {other.acc} {other.position} {background}.",
            "ذكّرني بالعودة إلى الملاحظة التي كتبتها {place} عن {main.gen} {main.position} "
            "مع {other.gen} {other.position}.",
        ),
    },
    distractors=(
        "لا أقصد الصورة التي فيها {distractor.nom}.",
        "لا أريد الصورة التي تعرض {distractor.acc}.",
        "دعك من الرسم الذي يحتوي على {distractor.gen}.",
        "لا حاجة بي إلى شيء عن {distractor.gen}.",
        "لا تخلط بينها وبين صورة أخرى فيها {distractor.nom}.",
        "تجاهل كل ما يصف {distractor.acc}.",
        "لكن من دون {distractor.gen}",
    ),
    openers=(
        "مرحبًا!",
        "السلام عليكم.",
        "صباح الخير.",
        "لو سمحت.",
        "من فضلك، ساعدني.",
        "اسمع.",
        "لحظة من فضلك.",
        "عندي طلب صغير.",
        "آه، كيف أقولها.",
        "عفوًا على الإزعاج.",
        "طيب،",
        "اسمعني،",
    ),
    chatter=(
        "المطر لم يتوقف منذ الصباح.",
        "عدت للتو من العمل وأنا متعب جدًا.",
        "الجيران يصلحون شقتهم من جديد.",
        "بردت القهوة وعليّ أن أعدّ غيرها.",
        "أظن أن بطارية الهاتف ستنفد قريبًا.",
        "سهرنا أمام التلفاز حتى وقت متأخر.",
        "نام الطفل أخيرًا، ولهذا أتكلم بصوت منخفض.",
        "انتظر، هناك من يطرق الباب.",
        "ما زال عليّ أن أذهب إلى السوق.",
        "الاتصال ضعيف هنا، فاسألني إن لم تسمع.",
        "اشترى أخي سيارة حمراء من دبي.",
        "على الطاولة تفاحتان خضراوان لم يأكلهما أحد.",
        "زرعنا يوم السبت ثلاث شجرات أمام المدرسة.",
        "كسرت القطة فنجانًا أسود في المطبخ.",
        "لبست ابنتي فستانًا أصفر عليه نجوم.",
        "دهنوا جدران المكتب باللون الأزرق في الأسبوع الماضي.",
        "لجدتي أربعة أحفاد وكلهم يريدون المثلجات.",
        "نسيت مظلتي الصغيرة في الحافلة.",
    ),
    closers=(
        "شكرًا!",
        "شكرًا جزيلًا.",
        "شكرًا مقدمًا.",
        "سأكون ممتنًا لك.",
        "هذا كل شيء.",
        "بسرعة إن أمكن.",
        "خذ وقتك.",
        "بارك الله فيك.",
        "حسنًا، أنا في الانتظار.",
        "إلى اللقاء.",
        "من فضلك",
        "إن أمكن",
    ),
)
