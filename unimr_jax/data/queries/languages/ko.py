"""Korean: every carrier noun ends in a consonant, so that its particles are known."""

from __future__ import annotations

from unimr_jax.data.queries.language import Language

LANGUAGE = Language(
    tag="ko",
    quotes=("‘", "’"),
    formal=(
        "세요", "어요", "겠어요", "니다", "니까", "나요", "죄송", "괜찮으시",
        "려요", "예요", "에요",
    ),
    informal=(
        "안녕!", "미안", "시간 있으면", "있잖아", "들어 봐", "잠깐만", "고마워", "부탁해", "돼.",
        "최고야",
        "해 줘.", "있어.", "아니야", "둬.", "잊어버려", "헷갈리지 마", "끝났어",
    ),
    carriers={
        "picture": (
            "{object} 사진", "{object} 이름의 사진", "{object} 그림",
            "{time} 찍은 {object} 사진", "{place} 찍은 {object} 사진", "{object} 제목의 그림",
            "{time} 저장한 {object} 그림", "{time} {place} 찍은 {object} 사진",
        ),
        "pictures": (
            "{object} 사진", "{object} 제목의 그림", "{time} 찍은 {object} 사진", "{object} 그림",
        ),
        "note": (
            "{object} 관련 글", "{object} 제목의 글", "{object} 기록", "{time} 쓴 {object} 관련 글",
            "{place} 쓴 {object} 제목의 글", "{time} 남긴 {object} 기록",
        ),
        "notes": (
            "{object} 관련 글", "{object} 제목의 글", "{time} 쓴 {object} 관련 글", "{object} 기록",
        ),
    },
    frames={
        "find_picture": (
            "{picture}을 보여 줘", "{picture}을 찾아 주세요", "{picture}을 찾고 있어요",
            "{picture}을 어디에 뒀더라?", "{picture}을 좀 찾아 줄래?",
            "이런 사진이 필요해요: {object}", "{picture}을 보고 싶어",
            "{object} 사진 {count}만 보여 줘",
            "앨범에서 {picture}을 꺼내 줘", "{picture}을 보여 주시겠어요?",
            "{picture}이 안 보여", "{picture}을 다시 보고 싶어요", "{picture}이 어디 있는지 알아?",
            "{picture}을 화면에 보여 줄 수 있나요?",
        ),
        "find_text": (
            "{note}을 찾아 줘", "{note}은 어디에 있어?", "{note}을 읽고 싶어요",
            "{note}을 검색해 봐",
            "내가 이것에 대해 뭐라고 썼지: {topic}", "{note}이 안 보이네",
            "내 메모에서 이걸 찾아 줘: {topic}", "{topic} 관련 글을 {count}만 골라 줘",
            "{note}을 찾아 주실 수 있나요?", "{note}이 아직 남아 있어?",
            "{note}을 읽어 줘", "{note}이 어디로 갔지?", "{note}을 다시 읽고 싶어",
            "{topic} 관련 글이 있나요?",
        ),
        "compare": (
            "{thing}을 이전 것과 비교해 줘", "{thing}은 최신 것과 뭐가 달라?",
            "{thing}을 가장 새로운 것과 나란히 놓아 줘", "{thing}이 예전 것보다 나아?",
            "{thing}이 다른 것들과 어떻게 다른지 말해 줘", "{thing}을 새 버전과 대조해 주세요",
            "{thing} 이후로 뭐가 바뀌었어?", "{thing}을 나머지와 비교해 주시겠어요?",
            "{thing}이 지난번과 달라졌어?", "{thing}과 새 버전 중에 뭐가 더 나아?",
            "{thing}을 옛날 것과 비교하고 싶어",
            "{thing}이 원본과 비슷한지 봐 줘", "{thing}을 이전 버전과 견주어 주세요",
        ),
        "open": (
            "{thing}을 열어 줘", "{thing}을 열 수 있어?", "{thing}을 화면에 띄워 줘",
            "새 창에서 {thing}을 열어 주세요", "{thing}을 바로 볼 수 있게 해 줘",
            "{thing}을 한번 열어 주시겠어요?", "{thing}을 불러와 줘",
            "{thing}을 전체 화면으로 보여 줘",
            "{thing}을 열고 싶어", "여기서 {thing}을 열어도 될까?", "{thing}을 앞으로 가져와 줘",
            "{thing}을 당장 열어 봐",
            "{thing}을 열어 주실 수 있나요?",
        ),
        "share": (
            "{thing}을 {person} 보내 줘", "{person} {thing}을 공유해 줘",
            "{thing}을 {person} 전달해 줄래?", "{person} {thing}을 꼭 보여 줘",
            "{when} {person} {thing}을 보내 주세요", "{thing}을 {person} 넘겨 줘",
            "{thing}을 {person} 메일로 부쳐 줘", "{thing}을 {person} 보내 주시겠어요?",
            "{person} {thing}을 보내기로 약속했어", "{person} {thing}을 전해 줘",
            "{thing}을 {person} 보여 주고 싶어",
            "{person} {thing}을 문자로 보내 줘", "{person} {thing}을 전달해 주세요",
        ),
        "delete": (
            "{thing}을 삭제해 줘", "{thing}을 지워 줘", "{thing}을 휴지통에 넣어 줘",
            "{thing}은 이제 필요 없어", "{thing}을 지워 줄 수 있어?",
            "{thing}을 완전히 없애 주세요",
            "{thing}은 버려도 돼", "{thing}을 삭제해 주시겠습니까?",
            "{thing}을 지우고 싶어", "{thing}을 내 기기에서 빼 줘", "{thing}은 없어도 돼",
            "{thing}을 치워 줄래?",
            "{thing}을 삭제해 주실 수 있나요?",
        ),
        "count": (
            "{things}이 몇 개 있어?", "{things}을 세어 줘", "{things}이 모두 몇 개인지 알려 줘",
            "{things}은 전부 얼마나 있나요?", "{things}이 {count} 넘게 있어?",
            "{things}이 정말 {count}나 있어?", "{things}이 얼마나 있는지 알고 싶어",
            "{things}의 개수를 세어 주시겠어요?",
            "{things}이 몇 개나 남았어?", "{things}이 다 해서 {count}야?",
            "{things}이 몇 개인지 궁금해",
            "{things} 개수를 확인해 봐", "{things}이 몇 개인지 알려 주세요",
        ),
        "set_reminder": (
            "{when} {thing}을 보라고 알려 줘", "{when} {thing} 알림을 맞춰 줘",
            "{when} {thing}을 다시 봐야 하니까 말해 줘", "{when} {thing}을 잊지 않게 해 줘",
            "{thing}을 확인하게 {when} 불러 줘", "{when} 할 일에 {thing}을 넣어 줘",
            "{when} 깨워 줘, {thing}을 끝내야 해",
            "{when} {thing}을 확인하라고 알려 주시겠어요?",
            "{when} {thing}을 보고 싶으니까 알려 줘", "{when} {thing}을 열라고 말해 줘",
            "메모해 둬, {when} {thing}을 봐야 해",
            "{when} {thing}을 꼭 확인해야 해, 잊지 않게 도와줘",
            "{when} {thing} 때문에 알림을 보내 주세요",
        ),
    },
    times=(
        "어제", "지난주에", "지난달에", "이틀 전에", "작년 여름에", "오늘 아침에", "금요일에",
        "3월에", "설날에", "그저께",
    ),
    whens=(
        "내일", "오늘 저녁 일곱 시에", "다음 주 월요일에", "한 시간 뒤에", "일요일 아침에",
        "내일 정오에", "2주 뒤에", "5월 3일에", "8시 30분에", "점심 전에",
    ),
    places=(
        "사무실에서", "파리에서", "학교에서", "바닷가에서", "기차역에서", "부엌에서",
        "할머니 댁에서",
        "기차에서", "공원에서", "도서관에서",
    ),
    persons=(
        "민수한테", "언니에게", "김 선생님께", "팀원들에게", "엄마한테", "부장님께", "지은이에게",
        "담임 선생님께", "준호에게", "이웃들에게",
    ),
    counts=("두 개", "세 개", "다섯 개", "열 개", "4개", "6개", "열두 개", "20개"),
    openers=(
        "안녕!", "안녕하세요!", "좋은 아침이에요!", "저기,", "자, 그럼", "미안한데,", "죄송하지만,",
        "시간 있으면", "있잖아,", "실례합니다.", "들어 봐,", "하나 더요.",
        "좋은 저녁이에요!", "부탁이 하나 있는데,", "그건 그렇고,", "또 저예요.",
    ),
    fillers=(
        "음,", "그러니까,", "뭐랄까,", "잠깐만,", "아까 말했듯이", "사실은", "가능하면", "글쎄,",
        "괜찮으시다면", "어디 보자,",
        "어떻게 말하지,", "솔직히",
    ),
    distractors=(
        "{other} 말고.", "{other} 쪽은 이미 있어.", "{other} 얘기가 아니야.",
        "지난번에는 {other} 쪽이 나왔어요.", "{other} 쪽은 그대로 둬.", "{other} 쪽은 잊어버려.",
        "{other} 건은 다른 얘기예요.", "{other} 쪽과 헷갈리지 마.", "{other} 쪽과는 상관없어요.",
        "{other} 건은 이미 끝났어.",
    ),
    closers=(
        "고마워!", "정말 감사합니다!", "부탁해.", "부탁드려요.", "천천히 해도 돼.", "고맙습니다.",
        "최고야!", "되도록 빨리 부탁해.", "그럼 정말 좋겠어요.", "시간 날 때 해 줘.",
        "정말 고마워!", "감사드려요!",
    ),
    chatter=(
        "휴대폰 배터리가 거의 없어.", "며칠째 비가 와요.", "여기 커피는 맛이 없어.",
        "다섯 시부터 깨어 있었어요.", "애들이 또 소리를 질러.", "버스가 또 늦네요.",
        "지난주에 역에서 안경을 잃어버렸어.", "동생이 초록색 소파를 샀어요.",
        "나무 밑에 고양이 세 마리가 있어.", "너무 자주 물어보는 거 알아요.",
    ),
)  # fmt: skip
