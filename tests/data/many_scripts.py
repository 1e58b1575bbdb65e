"""Texts in many scripts, to train a small tokenizer on and to draw at random."""

from __future__ import annotations

from hypothesis import strategies as st

MANY_SCRIPTS = [
    "Hello world, this is a small red circle left of two blue squares",
    "Wake me up at 7 tomorrow, please find the picture of a dog",
    "l'école où l'été était très beau, naïve façade",
    "маленький красный круг слева от двух синих квадратов",
    "دائرة حمراء صغيرة على يسار مربعين",
    "दो नीले वर्गों के बाईं ओर एक छोटा लाल वृत्त",
    "파란 사각형 두 개 왼쪽에 작은 빨간 원",
    "两个蓝色方块左边的红色小圆圈",
    "青い四角形の左にある小さな赤い円とタワー",
    "วงกลมสีแดงเล็กๆ ทางซ้ายของสี่เหลี่ยมสีน้ำเงิน",
]

# Latin with combining marks, Cyrillic, Arabic, Devanagari, Hangul with jamo, Han, kana with half
# width, Thai, compatibility forms, emoji with joiners, white space of several kinds.
ALPHABET = (
    "abcé e\u0301o\u0308\u0323İßжщёسلامُहिन्दी각가\u1100\u1161\u11a8円国タのｶﾞー"
    "ภาษาก็ﬁ½㎏…😀👩\u200d🚀🇫🇷𒀀,.!'(-)1２ \t\n\u00a0\u3000\u200b▁"
)
TEXTS = st.text(st.sampled_from(ALPHABET) | st.characters(exclude_categories=["Cs"]), max_size=40)
