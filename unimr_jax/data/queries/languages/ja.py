"""Japanese: the caption stands before its carrier noun, which bears the particles."""

from __future__ import annotations

from unimr_jax.data.queries.language import Language

LANGUAGE = Language(
    tag="ja",
    quotes=("「", "」"),
    space="",
    comma="、",
    stop="。",
    carriers={
        "picture": (
            "{object}の写真", "{object}という題の画像", "タイトルが{object}の写真",
            "{time}撮った{object}の写真", "{place}撮った{object}の写真", "{object}の画像",
            "{time}保存した{object}という画像", "{time}{place}撮った{object}の写真",
        ),
        "pictures": (
            "{object}の写真", "{object}という題の画像", "{time}撮った{object}の写真", "{object}の画像",
        ),
        "note": (
            "{object}についてのメモ", "{object}という題の文章", "{object}というお話",
            "{time}書いた{object}のメモ", "{place}書いた{object}についての文章",
            "タイトルが{object}のページ",
        ),
        "notes": (
            "{object}についてのメモ", "{object}という題の文章", "{time}書いた{object}のメモ",
            "{object}に関するページ",
        ),
    },
    frames={
        "find_picture": (
            "{picture}を見せて", "{picture}を探してください", "{picture}を探しています",
            "{picture}はどこに入れたっけ？", "{picture}を見つけてくれる？",
            "こういう写真が必要です。{object}", "{picture}が見たい", "{object}の写真を{count}見せて",
            "アルバムから{picture}を出して", "{picture}を表示していただけますか？",
        ),
        "find_text": (
            "{note}を見つけて", "{note}はどこ？", "{note}が読みたいです", "{note}を調べて",
            "{topic}について前に何と書いたっけ？", "{note}が見当たらないんだ",
            "メモの中から{topic}を検索して", "{topic}についての文章を{count}ください",
            "{note}を出していただけませんか？", "{note}って残ってる？",
        ),
        "compare": (
            "{thing}を前のと比べて", "{thing}は最新のものとどう違うの？",
            "{thing}を一番新しいものと並べて", "{thing}は古いのより良い？",
            "{thing}がほかと違う点を教えて", "{thing}と新しい版を照らし合わせてください",
            "{thing}から何が変わった？", "{thing}をほかのものと比較していただけますか？",
        ),
        "open": (
            "{thing}を開いて", "{thing}を開けますか？", "{thing}を画面に出しておいて",
            "新しいウィンドウで{thing}を開いてください", "{thing}をすぐ開けるようにして",
            "恐れ入りますが{thing}を開いていただけますか？", "{thing}を読み込んで",
            "{thing}を全画面で表示して",
        ),
        "share": (
            "{thing}を{person}に送って", "{person}と{thing}を共有して",
            "{thing}を{person}に転送してくれない？", "{person}にも{thing}を見せてあげて",
            "{when}{person}に{thing}を送ってください", "{thing}を{person}に渡しておいて",
            "{person}に{thing}を届けたいんだけど", "{thing}を{person}にお送りいただけますか？",
        ),
        "delete": (
            "{thing}を削除して", "{thing}を消して", "{thing}をゴミ箱に入れて",
            "{thing}はもういらない", "{thing}を消してもらえる？", "{thing}を完全に消去してください",
            "{thing}はもう捨てていいよ", "{thing}を削除していただけますか？",
        ),
        "count": (
            "{things}はいくつある？", "{things}を数えて", "{things}が全部でいくつか教えて",
            "{things}は合計でどれくらいありますか？", "{things}は{count}以上ある？",
            "{things}は本当に{count}ある？", "{things}がどれだけあるか知りたい",
            "{things}の数を数えていただけますか？",
        ),
        "set_reminder": (
            "{when}{thing}を見るようにリマインドして", "{thing}のリマインダーを{when}に設定して",
            "{when}{thing}を見直さないといけないので教えて", "{when}{thing}を忘れないようにさせて",
            "{when}になったら{thing}のことを知らせて", "{thing}を{when}の予定に入れておいて",
            "{when}に起こして、{thing}を仕上げるから",
            "{when}{thing}を確認するよう声をかけていただけますか？",
        ),
    },
    times=(
        "昨日", "先週", "先月", "おととい", "去年の夏に", "今朝", "金曜日に", "三月に", "クリスマスに",
        "三年前に",
    ),
    whens=(
        "明日", "今夜七時", "来週の月曜日", "一時間後", "日曜の朝", "明日の昼", "二週間後",
        "5月3日", "8時半", "お昼前",
    ),
    places=(
        "会社で", "パリで", "学校で", "海辺で", "駅で", "台所で", "おばあちゃんの家で", "電車の中で",
        "公園で", "図書館で",
    ),
    persons=(
        "田中さん", "妹", "佐藤先生", "チームのみんな", "お母さん", "部長", "アンナさん", "健太",
        "担任の先生", "お隣さん",
    ),
    counts=("二つ", "三つ", "五つ", "四つ", "六つ", "七つ"),
    openers=(
        "こんにちは！", "おはようございます！", "もしもし、", "ねえ、", "えっと、それで、", "すみません、",
        "お手すきでしたら、", "さて、", "失礼します。", "ちょっといい？", "もう一つ。", "あの、",
    ),
    fillers=(
        "ええと、", "なんていうか、", "そうだなあ、", "ちょっと待って、", "さっきも言ったけど、",
        "実は、", "できれば、", "まあ、", "ご面倒でなければ、", "うーん、",
    ),
    distractors=(
        "{other}じゃないよ。", "{other}はもうあります。", "{other}のことではありません。",
        "前回は{other}が出てきました。", "{other}はそのままにして。", "{other}は忘れて。",
        "{other}は別の話です。", "{other}と間違えないでね。", "{other}とは関係ありません。",
        "{other}はもう済みました。",
    ),
    closers=(
        "ありがとう！", "どうもありがとうございます！", "お願いします。", "よろしく！",
        "急がなくていいよ。", "助かります。", "なるべく早くお願い。", "悪いね。",
        "手が空いたときでいいから。", "よろしくお願いいたします。",
    ),
    chatter=(
        "携帯の電池がもうすぐ切れそう。", "何日も雨が続いています。", "ここのコーヒーはひどい味だ。",
        "五時から起きています。", "子供たちがまた騒いでいる。", "バスがまた遅れている。",
        "先週駅で眼鏡をなくしました。", "弟が緑のソファーを買った。", "木の下に猫が三匹いる。",
        "聞きすぎなのはわかっています。",
    ),
)  # fmt: skip
