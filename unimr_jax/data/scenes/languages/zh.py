"""Mandarin Chinese (simplified).

Numerals need the classifier of their noun and the two of counting is 两; numeral and classifier
together are the count slot. Colour comes before size, and 的 stands between the colour and the
rest (两颗红色的大星星). The case "terse" drops 的 as captions do, but never before a single
syllable: 两棵绿色小树, yet 两棵绿色的树.

Positions, places and backgrounds are bare nouns: 在 and 上 belong to the templates.
"""

from __future__ import annotations

from unimr_jax.data.scenes.language import Language, Parts
from unimr_jax.data.scenes.scene import Group

# shape → classifier, noun
SHAPES = {
    "circle": ("个", "圆形"),
    "square": ("个", "正方形"),
    "triangle": ("个", "三角形"),
    "star": ("颗", "星星"),
    "heart": ("颗", "爱心"),
    "moon": ("个", "月亮"),
    "cross": ("个", "十字"),
    "flower": ("朵", "花"),
    "house": ("座", "房子"),
    "tree": ("棵", "树"),
}
COLOURS = {
    "red": "红色",
    "orange": "橙色",
    "yellow": "黄色",
    "green": "绿色",
    "blue": "蓝色",
    "purple": "紫色",
    "brown": "棕色",
    "black": "黑色",
}
SIZES = {"small": "小", "big": "大", None: ""}
NUMERALS = {1: "一", 2: "两", 3: "三", 4: "四"}


def noun_phrase(group: Group, case: str) -> Parts:
    classifier, noun = SHAPES[group.shape]
    size = SIZES[group.size]
    joint = {"plain": "的", "terse": "" if len(size + noun) > 1 else "的"}[case]
    parts = (
        (NUMERALS[group.count] + classifier, "count"),
        (COLOURS[group.colour], "colour"),
        (joint, None),
        (size, "size"),
        (noun, "object"),
    )
    return tuple(part for part in parts if part[0])


LANGUAGE = Language(
    tag="zh",
    noun_phrase=noun_phrase,
    positions={
        "top_left": "左上角",
        "top_right": "右上角",
        "bottom_left": "左下角",
        "bottom_right": "右下角",
    },
    backgrounds={
        "white": "白色背景",
        "grey": "灰色背景",
        "pink": "粉色背景",
        "turquoise": "绿松石色背景",
        "sand": "沙色背景",
    },
    times=(
        "昨天",
        "昨天晚上",
        "前天",
        "今天早上",
        "上周",
        "上周五",
        "上个周末",
        "上个月",
        "三天前",
        "前几天",
        "去年",
        "去年夏天",
        "今年春天",
        "半年前",
    ),
    places=(
        "巴黎",
        "上海",
        "柏林",
        "东京",
        "办公室",
        "学校",
        "图书馆",
        "火车站",
        "机场",
        "厨房",
        "公园",
        "博物馆",
        "咖啡馆",
        "海边",
    ),
    captions=(
        "{background}上，{main.position}有{main.plain}，{other.position}有{other.plain}。",
        "一幅画：{background}，{main.position}是{main.plain}，{other.position}是{other.plain}。",
        "在{background}上，{main.position}画着{main.terse}，{other.position}画着{other.terse}。",
        "{other.position}有{other.plain}，{main.position}有{main.plain}，都画在{background}上。",
        "{main.terse}在{main.position}，{other.terse}在{other.position}，{background}。",
    ),
    description=(
        (
            "这幅画以{background}打底。",
            "画面铺在{background}上，没有边框。",
            "作者把所有东西都画在了{background}上。",
        ),
        (
            "最引人注目的是{main.position}的{main.terse}。",
            "{main.position}画着{main.terse}，格外显眼。",
            "先看{main.position}，那里有{main.plain}。",
        ),
        (
            "{other.position}则是{other.plain}，与之遥相呼应。",
            "而在{other.position}，还能看到{other.plain}。",
            "再看{other.position}，那里画着{other.terse}。",
        ),
        (
            "除此之外，画面上什么也没有，显得很干净。",
            "其余的地方都空着，看起来很清爽。",
        ),
        (
            "纸张略显粗糙，能看出手工制作的痕迹。",
            "纸面带着细细的纹理，摸上去应该很舒服。",
        ),
        (
            "光线柔和，像是清晨从窗外照进来的。",
            "光从侧面落下来，影子淡得几乎看不见。",
        ),
        (
            "整体气氛很安静，让人忍不住想多看几眼。",
            "看久了，人会慢慢放松下来。",
        ),
        (
            "画法不算精细，却透着认真，像是出自孩子之手。",
            "线条干净利落，看不出任何修改过的地方。",
        ),
    ),
    frames={
        "find_image": (
            "帮我找那张{main.position}有{main.plain}、{other.position}有{other.plain}的图。",
            "我想看{time}存的那张图，{background}上有{main.plain}和{other.plain}。",
            "有没有{background}上画着{main.plain}、{other.position}还有{other.plain}的图片？",
            "找出我{time}在{place}拍的照片，{main.position}是{main.plain}，"
            "{other.position}是{other.plain}。",
            "把{main.position}画着{main.terse}、旁边还有{other.terse}的图找出来。",
            "搜一下{background}的图，{main.position}有{main.plain}，{other.position}有{other.plain}。",
        ),
        "find_note": (
            "找一下写到{main.position}的{main.plain}和{other.position}的{other.plain}的那条笔记。",
            "我{time}记过笔记，说的是{main.position}的{main.terse}，还有{other.terse}，帮我找出来。",
            "哪条笔记里提到了{background}上的{main.plain}和{other.position}的{other.plain}？"
            "我是{time}在{place}写的。",
            "帮我搜那条笔记，内容是{background}上有{main.plain}和{other.plain}。",
            "描述{background}的{main.position}有{main.plain}、{other.position}有{other.plain}的"
            "笔记在哪儿？",
            "我要找{main.position}画着{main.terse}那张图的笔记，里面还说到了{other.terse}。",
        ),
        "count": (
            "{main.position}有{main.plain}、{other.position}有{other.plain}的那张图里，"
            "一共有几样东西？",
            "有{main.plain}、{other.position}还有{other.plain}的图里总共有多少个图形？",
            "数一数{time}那张图里有多少东西，就是{background}、{main.position}画着{main.plain}、"
            "{other.position}画着{other.plain}的那张。",
            "{background}上有{main.plain}和{other.plain}的那张图，里面总共有几个图案？",
            "帮我数数，{main.position}是{main.terse}、{other.position}是{other.terse}的图里"
            "有几种颜色。",
            "我{time}在{place}拍的图，{background}，{main.position}是{main.plain}，还有{other.plain}，"
            "整张图一共有几个图形？",
        ),
        "compare": (
            "把{background}上有{main.plain}和{other.plain}的图跟前面那张比一比。",
            "{main.position}有{main.plain}、{other.position}有{other.plain}的那张图，"
            "和另外那张有什么不同？",
            "比较一下{background}的{main.position}画着{main.plain}、{other.position}画着{other.plain}"
            "的图和别的图。",
            "请拿{time}存的那张和手头这张对比，前者{main.position}有{main.plain}，"
            "还有{other.plain}。",
            "画着{main.terse}、{other.position}还有{other.terse}的图，跟其他的像不像？",
            "我{time}在{place}画的那张，{main.position}是{main.plain}，{other.position}是{other.plain}，"
            "拿它和别的比比看。",
        ),
        "open": (
            "打开{main.position}有{main.plain}、还画了{other.plain}的那张图。",
            "把{background}上有{main.plain}和{other.plain}的图片打开。",
            "给我打开{time}写的那条笔记，讲{main.position}的{main.plain}和{other.position}的"
            "{other.plain}的。",
            "我想打开{background}的{main.position}画着{main.plain}、{other.position}画着{other.plain}"
            "的图，全屏就行。",
            "点开那张{main.position}是{main.terse}、{other.position}是{other.terse}的图。",
            "能不能打开我{time}在{place}存的笔记，说的是{main.terse}和{other.position}的"
            "{other.terse}？",
        ),
        "share": (
            "把{main.position}有{main.plain}、{other.position}有{other.plain}的图分享给我同事。",
            "请把有{main.plain}、{other.position}还有{other.plain}的那张图发给妈妈。",
            "我{time}写的关于{background}上{main.plain}和{other.plain}的笔记，帮我转发到群里。",
            "{background}的{main.position}有{main.plain}、{other.position}有{other.plain}的图，"
            "发给我哥哥。",
            "把{main.position}是{main.terse}、{other.position}是{other.terse}的图发给我朋友。",
            "把{time}在{place}拍的那张发出去，就是{main.position}有{main.plain}、还有{other.plain}"
            "的那张。",
        ),
        "delete": (
            "把{main.position}有{main.plain}、{other.position}有{other.plain}的那张图删掉。",
            "{background}上有{main.plain}和{other.plain}的图可以删了。",
            "删除我{time}写的那条笔记，关于{main.position}的{main.plain}，也提到{other.plain}。",
            "{background}上画着{main.plain}、{other.position}还有{other.plain}的图不要了，帮我删掉。",
            "{main.position}是{main.terse}、{other.position}是{other.terse}的图，请移到回收站。",
            "把{time}在{place}存的图删了吧，{background}，{main.position}有{main.plain}，"
            "{other.position}有{other.plain}的那张。",
        ),
        "remind": (
            "记得提醒我看那张有{main.plain}、{other.position}还有{other.plain}的图。",
            "提醒我整理关于{main.position}的{main.plain}和{other.position}的{other.plain}的笔记。",
            "别让我忘了{background}上画着{main.plain}和{other.plain}的那张图，到时候叫我一声。",
            "设个提醒，让我把{main.position}有{main.plain}、{other.position}有{other.plain}的图"
            "打印出来。",
            "我到了{place}，就提醒我看{main.position}有{main.terse}、还有{other.terse}的图。",
            "以后提醒我再看看{time}写的那条笔记，说{background}的{main.position}有{main.plain}，"
            "{other.position}有{other.plain}。",
        ),
    },
    distractors=(
        "不是有{distractor.plain}的那个。",
        "有{distractor.plain}的就不用了。",
        "我说的可不是{distractor.plain}。",
        "画着{distractor.terse}的我不要。",
        "别跟有{distractor.plain}的那个弄混了。",
        "有{distractor.terse}的跟这个没关系。",
    ),
    openers=(
        "你好。",
        "嗨，是我。",
        "麻烦你一下。",
        "不好意思，打扰了。",
        "那个，我想想怎么说。",
        "嗯，是这样的。",
        "有件事想请你帮忙。",
        "在吗？",
        "早上好啊。",
        "对了，还有个事。",
    ),
    chatter=(
        "我昨天刚买了两件红色毛衣。",
        "我儿子在学校画了四座蓝色的小房子，可得意了。",
        "外面下着雨，院子里那棵大树都被吹歪了。",
        "上个月在东京，我一共喝了三杯绿色的抹茶。",
        "我邻居送了我一朵黄色的花，还挺香。",
        "右上角的指示灯又闪了，不过先不管它。",
        "今天晚上的月亮真圆。",
        "我的黑色背包去年落在机场了。",
        "这几天忙得晕头转向。",
        "咖啡都放凉了，我还没喝上一口。",
        "我这记性真是越来越差。",
        "电话刚才又响了，我没接。",
        "手机快没电了，我说快点。",
        "同事们都去吃饭了，办公室里就剩我。",
        "天气一热，人就犯困。",
        "猫又跳到键盘上来了。",
        "这个软件我还用得不太熟。",
        "楼上又在装修，吵得很。",
    ),
    closers=(
        "谢谢！",
        "多谢啦。",
        "辛苦了。",
        "麻烦你了。",
        "不着急，慢慢来。",
        "拜托了。",
        "就这些，谢谢你。",
        "先这样吧。",
        "太感谢了！",
    ),
    space="",
)
