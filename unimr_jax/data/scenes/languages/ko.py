"""Korean.

The count follows its noun with a native numeral and a counter (송이 for flowers, 채 for houses,
그루 for trees, else 개, where one is 하나). The case particle joins the counter (큰 별 두 개가) or,
in the "float" cases, the noun, and the count floats behind it (큰 별이 두 개). Particles have one
form after consonants, another after vowels (별이, 나무가); they are glued to their word and lie
inside its slot.

Slots are whole space-separated words: positions, times and places bring their particle along, and
what templates glue to a background (배경에) joins its slot.
"""

from __future__ import annotations

from unimr_jax.data.scenes.language import Language, Parts
from unimr_jax.data.scenes.scene import Group

# shape → noun, counter
SHAPES = {
    "circle": ("동그라미", "개"),
    "square": ("정사각형", "개"),
    "triangle": ("삼각형", "개"),
    "star": ("별", "개"),
    "heart": ("하트", "개"),
    "moon": ("달", "개"),
    "cross": ("십자가", "개"),
    "flower": ("꽃", "송이"),
    "house": ("집", "채"),
    "tree": ("나무", "그루"),
}
COLOURS = {
    "red": "빨간",
    "orange": "주황색",
    "yellow": "노란",
    "green": "초록색",
    "blue": "파란",
    "purple": "보라색",
    "brown": "갈색",
    "black": "검은",
}
SIZES = {"small": "작은", "big": "큰", None: ""}
NUMERALS = {1: "한", 2: "두", 3: "세", 4: "네"}
# case → particle after a consonant, after a vowel
ON_COUNT = {
    "plain": ("", ""),
    "nom": ("이", "가"),
    "acc": ("을", "를"),
    "dat": ("에", "에"),
    "com": ("과", "와"),
}
ON_NOUN = {"nom_float": ("이", "가"), "acc_float": ("을", "를")}

HANGUL_START = ord("가")
FINALS = 28  # syllables that share onset and vowel; the first of them has no final consonant


def noun_phrase(group: Group, case: str) -> Parts:
    noun, counter = SHAPES[group.shape]
    count = count_word(group.count, counter)
    if case in ON_NOUN:
        noun = inflect(noun, ON_NOUN[case])
    else:
        count = inflect(count, ON_COUNT[case])
    size, colour = SIZES[group.size], COLOURS[group.colour]
    return spaced((size, "size"), (colour, "colour"), (noun, "object"), (count, "count"))


def count_word(count: int, counter: str) -> str:
    return "하나" if (count, counter) == (1, "개") else f"{NUMERALS[count]} {counter}"


def inflect(word: str, particle: tuple[str, str]) -> str:
    after_consonant, after_vowel = particle
    return word + (after_consonant if ends_in_consonant(word) else after_vowel)


def ends_in_consonant(word: str) -> bool:
    return (ord(word[-1]) - HANGUL_START) % FINALS != 0


def spaced(*words: tuple[str, str]) -> Parts:
    parts = [part for word in words if word[0] for part in ((" ", None), word)]
    return tuple(parts[1:])


LANGUAGE = Language(
    tag="ko",
    noun_phrase=noun_phrase,
    positions={
        "top_left": "왼쪽 위에",
        "top_right": "오른쪽 위에",
        "bottom_left": "왼쪽 아래에",
        "bottom_right": "오른쪽 아래에",
    },
    backgrounds={
        "white": "흰색 배경",
        "grey": "회색 배경",
        "pink": "분홍색 배경",
        "turquoise": "청록색 배경",
        "sand": "모래색 배경",
    },
    times=(
        "어제",
        "어젯밤에",
        "그저께",
        "오늘 아침에",
        "지난주에",
        "지난주 금요일에",
        "지난 주말에",
        "지난달에",
        "사흘 전에",
        "며칠 전에",
        "작년에",
        "작년 여름에",
        "올해 봄에",
        "반년 전에",
    ),
    places=(
        "파리에서",
        "서울에서",
        "베를린에서",
        "도쿄에서",
        "사무실에서",
        "학교에서",
        "도서관에서",
        "기차역에서",
        "공항에서",
        "부엌에서",
        "공원에서",
        "미술관에서",
        "카페에서",
        "바닷가에서",
    ),
    captions=(
        "{background}의 {main.position} {main.nom} 있고 {other.position} {other.nom} 있다.",
        "{main.position} {main.nom_float}, {other.position} {other.nom_float} 있는 {background}의"
        " 그림.",
        "{background} 그림으로, {main.position} {main.nom} 보이고 {other.position} {other.nom}"
        " 보인다.",
        "{background}의 {main.position} {main.acc}, {other.position} {other.acc} 그린 그림.",
        "{other.position} {other.nom}, {main.position} {main.nom} 그려진 {background} 그림.",
    ),
    description=(
        (
            "이 그림은 {background}에 그려져 있습니다.",
            "그림 전체가 {background}으로 되어 있습니다.",
            "모든 것이 {background} 위에 그려져 있습니다.",
        ),
        (
            "{main.position} {main.nom} 있어 가장 먼저 눈에 들어옵니다.",
            "먼저 {main.position} {main.nom} 그려져 있어 눈길을 끕니다.",
            "그림의 {main.position} {main.nom_float} 또렷하게 그려져 있습니다.",
        ),
        (
            "그리고 {other.position} {other.nom} 있어 균형을 잡아 줍니다.",
            "또 {other.position} {other.nom_float} 그려져 있어 잘 어울립니다.",
            "거기에 더해 {other.position} {other.nom} 조용히 자리하고 있습니다.",
        ),
        (
            "나머지 자리는 모두 비어 있어서 여백이 시원하게 느껴집니다.",
            "그 밖에는 아무것도 없어서 전체적으로 깔끔해 보입니다.",
        ),
        (
            "종이는 조금 거칠고 손으로 만든 듯한 느낌이 납니다.",
            "가까이에서 보면 종이의 고운 결까지 그대로 드러납니다.",
        ),
        (
            "부드러운 빛이 옆에서 들어와 그림자가 거의 보이지 않습니다.",
            "이른 아침 창가처럼 은은한 빛이 그림에 내려앉았습니다.",
        ),
        (
            "분위기가 조용하고 편안해서 자꾸만 오래 바라보게 됩니다.",
            "가만히 보고 있으면 마음이 차츰 차분하게 가라앉습니다.",
        ),
        (
            "솜씨가 뛰어나지는 않지만 정성껏 그렸다는 것이 느껴집니다.",
            "선이 깨끗하고 망설임이 없어서 고친 흔적도 보이지 않습니다.",
        ),
    ),
    frames={
        "find_image": (
            "{main.position} {main.nom} 있고 {other.position} {other.nom} 있는 그림을 찾아 줘.",
            "{time} 저장한 그림 중에 {background}에 {main.com} {other.nom} 나오는 걸 보여 줘.",
            "{background}의 {main.position} {main.nom_float}, {other.position} {other.nom_float}"
            " 그려진 그림 좀 찾아 줄래?",
            "{time} {place} 찍은 사진인데 {main.position} {main.nom} 있고 {other.position}"
            " {other.nom} 있어, 그것 좀 찾아 줘.",
            "{main.position} {main.nom} 있고 옆에 {other.nom_float} 있는 이미지를 검색해 주세요.",
            "{background}에 {main.com} {other.nom} 있는 사진을 찾고 있어요.",
        ),
        "find_note": (
            "{background}에 있는 {main.com} {other.dat} 대해 적어 둔 메모를 찾아 줘.",
            "{time} 쓴 메모 중에 {main.position} 있는 {main.com} {other.position} 있는"
            " {other.dat} 대한 걸 찾아 주세요.",
            "{main.position} {main.nom}, {other.position} {other.nom} 나오는 메모가 어디 있지?"
            " {time} {place} 쓴 거야.",
            "{background}에 {main.com} {other.nom} 있다고 쓴 메모를 보여 줘.",
            "{main.position} {main.nom}, {other.position} {other.nom} 있다고 적은 메모 좀 찾아"
            " 줄래?",
            "{main.position} {main.acc_float} 그린 그림에 대한 메모를 찾아 줘, {other.plain}"
            " 얘기도 있을 거야.",
        ),
        "count": (
            "{main.position} {main.nom} 있고 다른 쪽에 {other.nom} 있는 그림에 도형이 모두 몇 개"
            " 있어?",
            "{main.com} {other.nom} {background}에 있는 그림에는 도형이 전부 몇 개예요?",
            "{time} 저장한 그림에 뭐가 몇 개 있는지 세어 줘, {main.position} {main.nom} 있고"
            " {other.position} {other.nom} 있는 그림 말이야.",
            "{background}에 {main.com} {other.nom} 있는 그림에서 도형 개수를 세어 주세요.",
            "{main.position} {main.nom} 있고 {other.position} {other.nom} 있는 그림에는 색깔이 몇"
            " 가지야?",
            "{time} {place} 찍은, {background}의 {main.position} {main.nom} 있고 {other.position}"
            " {other.nom} 있는 사진에 도형이 모두 몇 개야?",
        ),
        "compare": (
            "{background}에 {main.com} {other.nom} 있는 그림을 이전 그림하고 비교해 줘.",
            "{main.position} {main.nom}, {other.position} {other.nom} 있는 그림은 다른 그림하고"
            " 뭐가 달라?",
            "{background}에 {main.nom_float} 있고 {other.position} {other.nom_float} 있는 그림을"
            " 나머지 그림이랑 비교해 주세요.",
            "{time} 저장한 그림, {main.position} {main.nom} 있고 {other.nom} 더 있는 걸 다른"
            " 그림이랑 비교해 줄래?",
            "{main.nom} 있고 {other.position} {other.nom} 있는 그림이 다른 것들이랑 비슷해?",
            "{time} {place} 그린, {main.position} {main.nom} 있고 {other.position} {other.nom}"
            " 있는 그림을 다른 그림과 나란히 비교해 줘.",
        ),
        "open": (
            "{main.position} {main.nom} 있고 그 밖에 {other.nom} 있는 그림을 열어 줘.",
            "{background}에 {main.com} {other.nom} 있는 사진을 열어 주세요.",
            "{time} 쓴 메모를 열어 줘, {background}에 있는 {main.com} {other.dat} 대해 적은 거"
            " 말이야.",
            "{background}의 {main.position} {main.nom_float}, {other.position} {other.nom_float}"
            " 그려진 그림을 전체 화면으로 열어 줄래?",
            "{main.position} {main.nom} 있고 {other.position} {other.nom} 있는 그림 좀 열어 봐.",
            "{time} {place} 저장한 메모, {main.position} {main.nom} 있고 {other.position}"
            " {other.nom} 있다고 쓴 걸 열어 줄 수 있어?",
        ),
        "share": (
            "{main.position} {main.nom}, {other.position} {other.nom} 있는 그림을 동료한테 보내"
            " 줘.",
            "{main.com} {other.nom} {background}에 있는 사진을 엄마한테 보내 주세요.",
            "{time} 쓴 메모 중에 {background}에 있는 {main.com} {other.dat} 대한 걸 단체방에"
            " 공유해 줘.",
            "{background}에 {main.com} {other.nom} 있는 그림을 형한테 보내고 싶어.",
            "{main.position} {main.nom} 있고 {other.position} {other.nom} 있는 그림을 친구에게"
            " 전달해 줘.",
            "{time} {place} 찍은 사진을 공유해 줄래? {background}의 {main.position} {main.nom}"
            " 있고 {other.position} {other.nom} 있는 거야.",
        ),
        "delete": (
            "{background}에 {main.nom} 있고 {other.position} {other.nom} 있는 그림을 지워 줘.",
            "{background}에 {main.com} {other.nom} 있는 사진은 이제 필요 없으니까 삭제해 주세요.",
            "{time} 쓴 메모를 삭제해 줘, {background}에 있는 {main.com} {other.dat} 대해 적은"
            " 거야.",
            "{background}의 {main.position} {main.nom_float}, {other.position} {other.nom_float}"
            " 그려진 그림을 휴지통에 넣어 줘.",
            "{main.position} {main.nom} 있고 {other.position} {other.nom} 있는 그림은 지워도 돼.",
            "{time} {place} 저장한 사진을 지워 줄래? {main.position} {main.nom} 있고 다른 쪽에"
            " {other.nom} 있는 사진 말이야.",
        ),
        "remind": (
            "{main.position} {main.nom}, {other.position} {other.nom} 있는 그림을 나중에 보라고"
            " 알려 줘.",
            "{background}에 있는 {main.com} {other.dat} 대해 적은 메모를 정리하라고 알림을 맞춰"
            " 주세요.",
            "{background}에 {main.nom_float} 있고 {other.nom_float} 있는 그림을 잊지 않게 알려 줘.",
            "{main.position} {main.nom} 있고 {other.position} {other.nom} 있는 그림을 인쇄하라고"
            " 알림 좀 설정해 줘.",
            "{background}에 {main.com} {other.nom} 있는 그림을 {place} 꺼내 보라고 알려 줄래?",
            "{main.position} {main.nom} 있고 {other.position} {other.nom} 있다고 쓴 메모를 다시"
            " 읽으라고 꼭 말해 줘.",
        ),
    },
    distractors=(
        "{distractor.nom} 있는 건 아니야.",
        "{distractor.nom} 나오는 건 필요 없어.",
        "{distractor.acc} 말하는 게 아니에요.",
        "{distractor.nom_float} 있는 그림 말고.",
        "{distractor.acc_float} 그린 것과 헷갈리지 마.",
        "{distractor.nom} 있는 그림은 상관없어요.",
    ),
    openers=(
        "안녕하세요.",
        "저기, 잠깐만요.",
        "음, 뭐였더라.",
        "실례합니다.",
        "부탁이 있는데요.",
        "바쁜데 미안해.",
        "좋은 아침이에요.",
        "아, 맞다.",
        "있잖아, 들어 봐.",
        "어떻게 말해야 할지 모르겠네.",
    ),
    chatter=(
        "어제 빨간 스웨터를 두 벌이나 샀어.",
        "우리 아들이 학교에서 파란 집을 네 채나 그려 왔더라.",
        "밖에 비가 와서 마당의 큰 나무가 막 흔들려.",
        "지난달에 도쿄에서 초록색 과자를 세 개나 먹었지 뭐야.",
        "옆집 아주머니가 노란 꽃 한 송이를 주셨어.",
        "오른쪽 위에 불이 또 깜빡이는데, 뭐 괜찮아.",
        "오늘 밤은 달이 참 밝네.",
        "작년에 공항에서 검은 가방을 잃어버린 적이 있거든.",
        "요즘 정신이 하나도 없네.",
        "커피가 벌써 다 식어 버렸어.",
        "자꾸 깜빡깜빡해서 큰일이야.",
        "아까부터 전화가 계속 울려.",
        "배터리가 거의 다 떨어졌어.",
        "다들 점심 먹으러 가고 사무실에 나만 남았어.",
        "날이 더우니까 졸리네.",
        "고양이가 또 키보드 위에 올라왔어.",
        "이 앱은 아직 손에 안 익어.",
        "윗집 공사 때문에 너무 시끄러워.",
    ),
    closers=(
        "고마워.",
        "감사합니다.",
        "부탁할게.",
        "수고해 줘서 고마워요.",
        "급한 건 아니야.",
        "그럼 부탁드려요.",
        "이게 다예요.",
        "미리 고마워!",
        "덕분에 살았어.",
    ),
)
