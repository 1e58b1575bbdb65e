"""Japanese.

Numerals carry the counter of their noun: 本 for trees, 輪 for flowers, 軒 for houses, else つ. The
count stands before the phrase with の (二つの大きな赤い星) or, which speakers prefer with a verb,
floats behind the case particle: "ga" 大きな赤い星が二つ, "wo" 大きな赤い星を二つ. Colours are
adjectives (赤い) or nouns that need の (緑の); の, が and を lie outside the slots.

Positions, places and backgrounds are bare nouns: に, で and の belong to the templates. Times bring
their に along, because only some take one (昨日, but 去年の夏に).
"""

from __future__ import annotations

from unimr_jax.data.scenes.language import Language, Parts
from unimr_jax.data.scenes.scene import Group

# shape → counter, noun
SHAPES = {
    "circle": ("つ", "丸"),
    "square": ("つ", "正方形"),
    "triangle": ("つ", "三角形"),
    "star": ("つ", "星"),
    "heart": ("つ", "ハート"),
    "moon": ("つ", "月"),
    "cross": ("つ", "十字"),
    "flower": ("輪", "花"),
    "house": ("軒", "家"),
    "tree": ("本", "木"),
}
# colour → word, what joins it to the noun
COLOURS = {
    "red": ("赤い", ""),
    "orange": ("オレンジ色", "の"),
    "yellow": ("黄色い", ""),
    "green": ("緑", "の"),
    "blue": ("青い", ""),
    "purple": ("紫", "の"),
    "brown": ("茶色い", ""),
    "black": ("黒い", ""),
}
SIZES = {"small": "小さな", "big": "大きな", None: ""}
NUMERALS = {1: "一", 2: "二", 3: "三", 4: "四"}
# case → particle between the noun and the floating count, None where の puts the count in front
CASES = {"plain": None, "ga": "が", "wo": "を"}


def noun_phrase(group: Group, case: str) -> Parts:
    counter, noun = SHAPES[group.shape]
    count = (NUMERALS[group.count] + counter, "count")
    colour, joint = COLOURS[group.colour]
    core = (
        (SIZES[group.size], "size"),
        (colour, "colour"),
        (joint, None),
        (noun, "object"),
    )
    particle = CASES[case]
    parts = (*core, (particle, None), count) if particle else (count, ("の", None), *core)
    return tuple(part for part in parts if part[0])


LANGUAGE = Language(
    tag="ja",
    noun_phrase=noun_phrase,
    positions={
        "top_left": "左上",
        "top_right": "右上",
        "bottom_left": "左下",
        "bottom_right": "右下",
    },
    backgrounds={
        "white": "白い背景",
        "grey": "灰色の背景",
        "pink": "ピンクの背景",
        "turquoise": "ターコイズ色の背景",
        "sand": "砂色の背景",
    },
    times=(
        "昨日",
        "昨日の夜に",
        "おととい",
        "今朝",
        "先週",
        "先週の金曜日に",
        "先週末に",
        "先月",
        "三日前に",
        "数日前に",
        "去年",
        "去年の夏に",
        "今年の春に",
        "半年前に",
    ),
    places=(
        "パリ",
        "京都",
        "ベルリン",
        "東京",
        "会社",
        "学校",
        "図書館",
        "駅",
        "空港",
        "台所",
        "公園",
        "美術館",
        "喫茶店",
        "海辺",
    ),
    captions=(
        "{background}に、{main.position}には{main.plain}、{other.position}には{other.plain}。",
        "{main.position}に{main.ga}、{other.position}に{other.ga}ある、{background}の絵。",
        "{background}の{main.position}に{main.ga}、{other.position}に{other.ga}描かれている。",
        "{main.position}に{main.wo}、{other.position}に{other.wo}描いた、{background}の絵。",
        "{other.position}に{other.plain}、{main.position}に{main.plain}がある、{background}の"
        "イラスト。",
    ),
    description=(
        (
            "{background}に描かれた絵です。",
            "これは{background}の絵です。",
            "全体が{background}でまとめられています。",
        ),
        (
            "まず目に入るのは、{main.position}にある{main.plain}です。",
            "{main.position}には{main.ga}描かれています。",
            "{main.position}を見ると、{main.ga}あります。",
        ),
        (
            "そして{other.position}には{other.ga}あります。",
            "また、{other.position}には{other.plain}が見えます。",
            "さらに{other.position}に、{other.ga}描かれています。",
        ),
        (
            "ほかには何もなく、すっきりした印象です。",
            "残りの部分には何も描かれていません。",
        ),
        (
            "紙は少しざらざらした手触りです。",
            "紙の細かい模様まで、よく見えます。",
        ),
        (
            "窓辺のような、やわらかい光が差しています。",
            "光は横から当たり、影はほとんどありません。",
        ),
        (
            "静かな雰囲気で、つい長く眺めてしまいます。",
            "眺めていると、気持ちが落ち着いてきます。",
        ),
        (
            "ていねいに描いたことが伝わります。",
            "線に迷いがなく、直した跡もありません。",
        ),
    ),
    frames={
        "find_image": (
            "{main.position}に{main.ga}、{other.position}に{other.ga}ある絵を探してください。",
            "{time}保存した、{background}に{main.plain}と{other.plain}が写っている画像を見せて。",
            "{background}に{main.ga}、{other.position}に{other.ga}描いてある絵、ないかな？",
            "{time}{place}で撮った写真を探して。{main.position}に{main.ga}、{other.position}に"
            "{other.ga}あるやつ。",
            "{main.position}に{main.ga}あって、ほかに{other.plain}もある画像を出してくれる？",
            "{background}で、{main.position}に{main.ga}、{other.position}に{other.ga}ある絵を"
            "見つけてほしいんだけど。",
        ),
        "find_note": (
            "{main.position}の{main.plain}と{other.position}の{other.plain}のことを書いたメモを探して。",
            "{time}書いたメモで、{main.position}の{main.plain}と、ほかに{other.plain}についてのものを"
            "見つけてください。",
            "{main.plain}と、{other.position}の{other.plain}の話が出てくるメモはどれ？"
            "{time}{place}で書いたんだけど。",
            "{background}に{main.ga}、それと{other.position}に{other.ga}あるって書いたメモを出して。",
            "{background}の{main.position}に{main.ga}、{other.position}に{other.ga}あると書いたメモは"
            "どこ？",
            "{main.position}に{main.wo}描いた絵のメモを探してもらえますか？"
            "{other.plain}のことも書いてあるはずです。",
        ),
        "count": (
            "{main.position}に{main.ga}、{other.position}に{other.ga}ある絵には、"
            "全部でいくつの図形がありますか？",
            "{main.plain}があって{other.position}に{other.plain}がある絵には、全部で何個の形があるの？",
            "{time}見た絵で、{background}の{main.position}に{main.ga}、{other.position}に{other.ga}"
            "あったやつだけど、物がいくつあるか数えて。",
            "{background}に{main.plain}と{other.plain}がある絵だけど、形は合わせていくつ？",
            "{main.position}に{main.ga}、{other.position}に{other.ga}ある絵に、"
            "何種類の色があるか数えてください。",
            "{time}{place}で撮った、{background}の{main.position}に{main.ga}あって{other.plain}もある"
            "画像には、図形がいくつある？",
        ),
        "compare": (
            "{background}に{main.plain}と{other.plain}がある絵を、前の絵と比べて。",
            "{main.position}に{main.ga}、{other.position}に{other.ga}ある絵と、"
            "もうひとつの絵はどこが違いますか？",
            "{background}の{main.position}に{main.ga}、{other.position}に{other.ga}ある画像を、"
            "ほかのと比較してください。",
            "{time}保存した、{main.position}に{main.ga}あって{other.plain}もある絵を、"
            "手元の絵と比べてほしい。",
            "{main.ga}あって、{other.position}には{other.ga}ある絵は、ほかのと似てる？",
            "{time}{place}で描いた絵、{main.position}に{main.ga}、{other.position}に{other.ga}"
            "あるんだけど、別のと見比べて。",
        ),
        "open": (
            "{main.position}に{main.ga}あって、{other.plain}もある絵を開いて。",
            "{background}に{main.plain}と{other.plain}がある画像を開いてください。",
            "{time}書いた、{main.position}の{main.plain}と{other.position}の{other.plain}についての"
            "メモを開いて。",
            "{background}の{main.position}に{main.ga}、{other.position}に{other.ga}描いてある絵を、"
            "全画面で開いてくれる？",
            "{main.position}に{main.plain}、{other.position}に{other.plain}が入った絵を開きたい。",
            "{time}{place}で保存した、{main.plain}と{other.position}の{other.plain}のメモを"
            "開いてもらえますか？",
        ),
        "share": (
            "{main.position}に{main.ga}、{other.position}に{other.ga}ある絵を同僚に送って。",
            "{main.ga}あって、{other.position}に{other.plain}もある画像を母に送ってください。",
            "{time}書いた、{background}にある{main.plain}と{other.plain}についてのメモを、"
            "みんなに共有して。",
            "{background}の{main.position}に{main.plain}、{other.position}に{other.plain}がある絵を、"
            "兄に送りたいんだけど。",
            "{main.position}に{main.ga}、{other.position}に{other.ga}ある絵を友達に転送して。",
            "{time}{place}で撮った写真を共有してくれる？{main.position}に{main.ga}あって、"
            "{other.plain}もあるやつ。",
        ),
        "delete": (
            "{main.position}に{main.ga}、{other.position}に{other.ga}ある絵を削除して。",
            "{background}に{main.plain}と{other.plain}がある画像はもういらないので消してください。",
            "{time}書いた、{main.position}の{main.plain}と、ほかに{other.plain}についてのメモを消して。",
            "{background}に{main.ga}、{other.position}に{other.ga}描いてある絵を、"
            "ごみ箱に入れておいて。",
            "{main.position}に{main.wo}、{other.position}に{other.wo}描いた絵は消していいよ。",
            "{time}{place}で保存した画像を削除してくれる？{background}の{main.position}に{main.ga}、"
            "{other.position}に{other.ga}あるやつ。",
        ),
        "remind": (
            "{main.ga}あって、{other.position}に{other.ga}ある絵を、あとで見るように知らせて。",
            "{main.position}の{main.plain}と{other.position}の{other.plain}のメモを整理するよう、"
            "リマインドしてください。",
            "{background}に{main.ga}と{other.ga}ある絵のことを忘れないように、通知して。",
            "{main.position}に{main.ga}、{other.position}に{other.ga}ある絵を印刷するよう、"
            "リマインダーを設定して。",
            "{place}に着いたら、{main.position}に{main.plain}があって{other.plain}もある絵を"
            "見るように教えて。",
            "{time}書いた、{background}の{main.position}に{main.ga}、{other.position}に{other.ga}ある"
            "というメモを読み返すよう、声をかけてくれる？",
        ),
    },
    distractors=(
        "{distractor.plain}のほうじゃないよ。",
        "{distractor.ga}あるのはいりません。",
        "{distractor.plain}のことではありません。",
        "{distractor.wo}描いたやつは違うからね。",
        "{distractor.plain}の絵と間違えないで。",
        "{distractor.ga}ある絵は関係ないです。",
    ),
    openers=(
        "こんにちは。",
        "すみません。",
        "あの、ちょっといいですか。",
        "えっと、何だっけ。",
        "お願いがあるんだけど。",
        "忙しいところ悪いんだけど。",
        "おはようございます。",
        "ねえ、聞いて。",
        "あ、そうだ。",
        "うーん、どう言えばいいかな。",
    ),
    chatter=(
        "昨日、赤いセーターを二枚買ったんだ。",
        "息子が学校で青い家を四軒も描いてきてね。",
        "外は雨で、庭の大きな木が揺れてる。",
        "先月は東京で緑のクッキーを三つも食べちゃった。",
        "隣の人が黄色い花を一輪くれたよ。",
        "右上のランプがまた点滅してるけど、まあいいや。",
        "今夜は月がきれいだね。",
        "去年、空港で黒いかばんをなくしたことがあって。",
        "最近ばたばたしていてね。",
        "コーヒーがすっかり冷めちゃった。",
        "どうも物忘れがひどくて。",
        "さっきからずっと電話が鳴ってる。",
        "そろそろ充電が切れそう。",
        "みんなお昼に行っちゃって、会社には私しかいないんだ。",
        "こう暑いと眠くなるよね。",
        "猫がまたキーボードに乗ってきた。",
        "このアプリ、まだ使い慣れてなくて。",
        "上の階の工事がうるさいなあ。",
    ),
    closers=(
        "ありがとう。",
        "よろしくお願いします。",
        "助かります。",
        "急がなくていいよ。",
        "頼んだよ。",
        "以上です。",
        "いつもありがとうございます。",
        "じゃあ、よろしくね。",
        "お手数をおかけします。",
    ),
    space="",
)
