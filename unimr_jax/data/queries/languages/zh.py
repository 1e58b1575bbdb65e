"""Chinese: the caption stands before its carrier noun, joined by 的 or as a title."""

from __future__ import annotations

from unimr_jax.data.queries.language import Language

LANGUAGE = Language(
    tag="zh",
    quotes=("“", "”"),
    space="",
    comma="，",
    stop="。",
    formal=("您", "请您", "劳驾", "能否",),
    informal=("喂", "嘿", "听我说", "你真好",),
    carriers={
        "picture": (
            "标题是{object}的照片", "那张{object}的图片", "名叫{object}的图",
            "{time}拍的{object}的照片",
            "{place}拍的{object}那张照片", "关于{object}的图片", "{time}存的{object}那张图",
            "我{time}{place}拍的{object}的照片",
        ),
        "pictures": (
            "{object}的照片", "标题是{object}的图片", "关于{object}的图",
            "{time}拍的{object}的照片",
        ),
        "note": (
            "关于{object}的笔记", "标题是{object}的文章", "那篇{object}",
            "{time}写的关于{object}的笔记",
            "我{place}写的{object}那一页", "讲{object}的那个故事",
        ),
        "notes": (
            "关于{object}的笔记", "标题是{object}的文章", "{time}写的关于{object}的笔记",
            "讲{object}的故事",
        ),
    },
    frames={
        "find_picture": (
            "给我看看{picture}", "帮我找一下{picture}", "我在找{picture}", "{picture}放哪儿了？",
            "能不能把{picture}找出来？", "我需要这样一张图：{object}", "我想看{picture}",
            "给我{count}张{object}的照片", "从相册里把{picture}翻出来", "麻烦您把{picture}调出来",
            "{picture}怎么不见了？", "让我再看看{picture}", "去相册里找找{picture}",
            "请您帮我找出{picture}",
        ),
        "find_text": (
            "找到{note}", "{note}在哪里？", "我想读一读{note}", "查一下{note}",
            "这件事我以前是怎么写的：{topic}", "我找不到{note}了",
            "在我的笔记里搜一下：{topic}", "给我{count}篇关于{topic}的文章",
            "能否请您找出{note}？", "有没有{note}？",
            "把{note}读给我听", "{note}跑哪儿去了？", "我想再读一遍{note}",
            "我的笔记里有没有写过这个：{topic}",
        ),
        "compare": (
            "把{thing}和上一版比较一下", "{thing}跟最新的有什么不同？",
            "把{thing}跟最新的放在一起看",
            "{thing}比旧版好吗？", "说说{thing}和别的有什么区别", "拿{thing}跟新的对照一下",
            "跟{thing}相比，现在改了什么？", "请您将{thing}与其他的做个对比",
            "{thing}跟上次比变了没有？", "{thing}和新版哪个更好？", "我想比一比{thing}和旧版",
            "看看{thing}跟原来的像不像",
            "能否对比一下{thing}和之前的版本？",
        ),
        "open": (
            "打开{thing}", "能打开{thing}吗？", "把{thing}放到屏幕上", "在新窗口里打开{thing}",
            "我要看着{thing}，打开吧", "劳驾打开一下{thing}", "把{thing}点开", "全屏显示{thing}",
            "我想打开{thing}", "这里可以打开{thing}吗？", "把{thing}调到最前面",
            "马上打开{thing}给我看", "能否帮我打开{thing}？",
        ),
        "share": (
            "把{thing}发给{person}", "跟{person}分享{thing}", "可以把{thing}转给{person}吗？",
            "让{person}也看看{thing}", "{when}把{thing}寄给{person}", "{thing}给{person}传一份",
            "{person}想要{thing}，发过去吧", "麻烦您将{thing}转发给{person}",
            "我答应过把{thing}给{person}", "让{person}收到{thing}", "用邮件把{thing}发给{person}",
            "我要给{person}看{thing}", "请您把{thing}交给{person}",
        ),
        "delete": (
            "删掉{thing}", "把{thing}删了", "把{thing}扔进回收站", "{thing}我不要了",
            "能删除{thing}吗？", "彻底清除{thing}", "{thing}可以删了", "请您把{thing}永久删除",
            "我想删掉{thing}", "把{thing}从手机里移除", "{thing}没必要留着了",
            "帮我清掉{thing}好吗？", "劳驾把{thing}清理掉",
        ),
        "count": (
            "{things}我一共有多少？", "数一数{things}", "告诉我{things}有多少",
            "{things}总共有几个？",
            "{things}有没有超过{count}个？", "{things}真的有{count}个吗？",
            "我想知道存了多少{things}", "请您统计一下{things}的数量",
            "{things}还剩多少？", "{things}加起来有{count}个吗？", "不知道我有多少{things}",
            "统计一下{things}有几个",
            "能否告诉我{things}的数量？",
        ),
        "set_reminder": (
            "{when}提醒我看{thing}", "给{thing}设个提醒，{when}",
            "我{when}得再看一遍{thing}，提醒我",
            "{when}别让我忘了{thing}", "{when}叫我一声，要处理{thing}",
            "把{thing}加到待办里，{when}提醒", "{when}叫醒我，我要弄完{thing}",
            "请您{when}提醒我检查{thing}",
            "{when}我想看{thing}，告诉我一声", "我{when}不能忘了{thing}",
            "记一下：{when}要打开{thing}",
            "{when}通知我检查{thing}", "能否{when}提醒我处理{thing}？",
        ),
    },
    times=(
        "昨天", "上周", "上个月", "两天前", "去年夏天", "今天早上", "上周五", "三月份", "春节",
        "前天",
    ),
    whens=(
        "明天", "今晚七点", "下周一", "一小时后", "周日早上", "明天中午", "两周后", "5月3号",
        "8点半", "午饭前",
    ),
    places=(
        "在办公室", "在巴黎", "在学校", "在海边", "在火车站", "在厨房", "在奶奶家", "在火车上",
        "在公园", "在图书馆",
    ),
    persons=(
        "小王", "我姐姐", "李老师", "同事们", "妈妈", "老板", "张伟", "我们老师", "安娜", "邻居",
    ),
    counts=("两", "三", "五", "十", "4", "6", "十二", "20"),
    openers=(
        "你好！", "早上好！", "喂，", "请", "嘿，", "好，那么", "不好意思，", "有空的话，",
        "对了，",
        "打扰了。", "听我说，", "还有一件事。",
        "晚上好！", "帮个忙，", "顺便说一句，", "又是我。",
    ),
    fillers=(
        "嗯，", "那个，", "怎么说呢，", "等等，", "我想想，", "刚才说过，", "其实，",
        "方便的话，", "是这样，", "话说，",
        "老实说，", "总之，",
    ),
    distractors=(
        "不是{other}。", "{other}我已经有了。", "我说的不是{other}。", "上次给我的是{other}。",
        "{other}别动。", "{other}就算了。", "{other}是另一回事。", "别跟{other}弄混了。",
        "跟{other}没关系。", "{other}已经处理完了。",
    ),
    closers=(
        "谢谢！", "非常感谢！", "拜托了", "可以的话", "不着急。", "多谢。", "你真好。", "越快越好",
        "辛苦了！", "有空再弄就行",
        "感激不尽！", "方便的时候就行",
    ),
    chatter=(
        "我手机快没电了。", "雨下了好几天了。", "这里的咖啡真难喝。", "我五点就起来了。",
        "孩子们又在吵。", "公交车又晚点了。", "上周我在车站丢了眼镜。", "我弟弟买了一张绿沙发。",
        "树下有三只猫。", "我知道我问得太多了。",
    ),
)  # fmt: skip
