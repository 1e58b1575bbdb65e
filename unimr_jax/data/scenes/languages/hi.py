"""Hindi.

All the shapes are masculine here. Nouns and the adjectives in "-ा" have a direct and, before a
postposition, an oblique form in both numbers; other adjectives do not change. One object is
introduced by "एक". Case "is" is the direct form followed by the copula in the
number of the noun, so that templates need not know it. Templates use participles and verbs only
where these do not agree with a noun phrase of unknown number.
"""

from __future__ import annotations

from unimr_jax.data.scenes.language import Language, Part, Parts
from unimr_jax.data.scenes.parts import spaced
from unimr_jax.data.scenes.scene import Group

_NOUNS = {
    "circle": "वृत्त",
    "square": "वर्ग",
    "triangle": "त्रिभुज",
    "star": "तारा",
    "heart": "दिल",
    "moon": "चाँद",
    "cross": "क्रॉस",
    "flower": "फूल",
    "house": "घर",
    "tree": "पेड़",
}

_ADJECTIVES = {
    "small": "छोटा",
    "big": "बड़ा",
    "red": "लाल",
    "orange": "नारंगी",
    "yellow": "पीला",
    "green": "हरा",
    "blue": "नीला",
    "purple": "बैंगनी",
    "brown": "भूरा",
    "black": "काला",
}

_NUMERALS = {1: "एक", 2: "दो", 3: "तीन", 4: "चार"}


def _inflected(word: str) -> str:
    """The oblique singular and direct plural of a masculine."""
    return word[:-1] + "े" if word.endswith("ा") else word


def _oblique_plural(noun: str) -> str:
    return noun.removesuffix("ा") + "ों"


def _noun(group: Group, case: str) -> str:
    noun = _NOUNS[group.shape]
    if group.count > 1 and case == "obl":
        return _oblique_plural(noun)
    return _inflected(noun) if group.count > 1 or case == "obl" else noun


def _adjective(word: str, group: Group, case: str) -> str:
    adjective = _ADJECTIVES[word]
    return _inflected(adjective) if group.count > 1 or case == "obl" else adjective


def _copula(group: Group) -> Part:
    return ("है" if group.count == 1 else "हैं", None)


def noun_phrase(group: Group, case: str) -> Parts:
    """`case`: dir, obl, or is (the direct form with "है" or "हैं")."""
    size = (_adjective(group.size, group, case), "size") if group.size else None
    colour = (_adjective(group.colour, group, case), "colour")
    noun = (_noun(group, case), "object")
    copula = _copula(group) if case == "is" else None
    return spaced((_NUMERALS[group.count], "count"), size, colour, noun, copula)


LANGUAGE = Language(
    tag="hi",
    noun_phrase=noun_phrase,
    positions={
        "top_left": "ऊपर बाईं ओर",
        "top_right": "ऊपर दाईं ओर",
        "bottom_left": "नीचे बाईं ओर",
        "bottom_right": "नीचे दाईं ओर",
    },
    backgrounds={
        "white": "सफ़ेद पृष्ठभूमि पर",
        "grey": "स्लेटी पृष्ठभूमि पर",
        "pink": "गुलाबी पृष्ठभूमि पर",
        "turquoise": "फ़िरोज़ी पृष्ठभूमि पर",
        "sand": "रेतीली पृष्ठभूमि पर",
    },
    times=(
        "कल शाम",
        "परसों",
        "आज सुबह",
        "पिछले हफ़्ते",
        "पिछले महीने",
        "पिछले साल",
        "पिछली गर्मियों में",
        "पिछले मंगलवार को",
        "सोमवार की सुबह",
        "दो हफ़्ते पहले",
        "तीन दिन पहले",
        "मार्च की शुरुआत में",
        "पिछले सप्ताहांत",
        "दोपहर के बाद",
        "छुट्टियों से पहले",
        "दिवाली की रात",
    ),
    places=(
        "पेरिस में",
        "दिल्ली में",
        "दफ़्तर में",
        "स्कूल में",
        "ट्रेन में",
        "कैफ़े में",
        "पुस्तकालय में",
        "हवाई अड्डे पर",
        "स्टेशन पर",
        "होटल में",
        "संग्रहालय में",
        "नानी के यहाँ",
        "समुद्र तट पर",
        "बाज़ार में",
        "रसोई में",
    ),
    captions=(
        "{background} {main.position} {main.dir} और {other.position} {other.is}।",
        "इस चित्र में {background} {main.position} {main.dir} और {other.position} {other.is}।",
        "{main.position} {main.dir}, {other.position} {other.dir}, सब कुछ {background}।",
        "{background} बना चित्र: {main.position} {main.dir} और {other.position} {other.dir}।",
        "{main.position} {main.obl} और {other.position} {other.obl} वाली तस्वीर, {background}।",
    ),
    description=(
        (
            "यह चित्र {background} बड़ी सादगी से बनाया गया है।",
            "{background} बनी यह तस्वीर बहुत साफ़ और सुलझी हुई लगती है।",
            "हमारे सामने {background} बना हुआ सादा-सा चित्र है।",
        ),
        (
            "{main.position} {main.is} और नज़र तुरंत वहीं ठहर जाती है।",
            "{main.position} कलाकार ने {main.obl} को ध्यान से जगह दी है।",
            "{main.position} {main.obl} पर तुरंत नज़र जाती है।",
        ),
        (
            "उधर {other.position} {other.is}।",
            "फिर {other.position} देखें तो वहाँ {other.is}।",
            "इसके अलावा {other.position} कलाकार ने {other.obl} को भी बनाया है।",
        ),
        (
            "काग़ज़ खुरदरा है और किनारों पर हल्का-सा मुड़ा हुआ है।",
            "काग़ज़ मोटा और चिकना है, जैसा बधाई-पत्रों में होता है।",
        ),
        (
            "रोशनी नरम है, इसलिए परछाइयाँ लगभग नहीं दिखतीं।",
            "ऐसा लगता है मानो रोशनी किसी खिड़की से आ रही हो।",
        ),
        (
            "पूरे चित्र का माहौल शांत और सोच में डूबा हुआ है।",
            "इसे देखकर बचपन के बेफ़िक्र दिन याद आते हैं।",
        ),
        (
            "ऐसी तस्वीर किसी दोस्त को भेजना अच्छा लगेगा।",
            "इसे मेज़ के ऊपर दीवार पर टाँगा जा सकता है।",
        ),
    ),
    frames={
        "find_image": (
            "वह तस्वीर ढूँढो जिसमें {main.position} {main.dir} और {other.position} {other.is}।",
            "{background} बनी {main.obl} और {other.obl} वाली तस्वीर दिखाओ।",
            "वह चित्र कहाँ है जिसमें {background} {main.position} "
            "{main.dir} और {other.position} {other.is}?",
            "मुझे वह तस्वीर चाहिए जो मैंने {time} देखी थी और जिसमें "
            "{main.position} {main.dir} और {other.position} {other.is}।",
            "{place} सहेजी गई वह तस्वीर खोजो जिसमें {other.dir} और {main.position} {main.is}।",
            "क्या आप {main.obl} के साथ {other.position} {other.obl} वाला चित्र ढूँढ सकते हैं?",
        ),
        "find_note": (
            "वह नोट ढूँढो जो {main.position} बने {main.obl} और "
            "{other.position} बने {other.obl} के बारे में है।",
            "मैंने {time} {background} बने {main.obl} और {other.obl} के बारे में क्या लिखा था?",
            "{main.obl} और {other.position} बने {other.obl} वाला मेरा नोट कहाँ है?",
            "वह नोट दिखाओ जिसमें लिखा है कि {main.position} {main.dir} "
            "और {other.position} {other.is}।",
            "{place} लिखा हुआ वह नोट खोजिए जिसमें {other.obl} और "
            "{main.position} बने {main.obl} का ज़िक्र है।",
            "मुझे {background} बने {main.obl} और {other.position} बने "
            "{other.obl} के बारे में लिखा नोट चाहिए।",
        ),
        "count": (
            "{background} बनी {main.obl} और {other.obl} वाली तस्वीर में कुल कितनी आकृतियाँ हैं?",
            "जिस चित्र में {main.position} {main.dir} और "
            "{other.position} {other.is}, उसमें कितनी चीज़ें हैं?",
            "मेरे पास {background} {main.position} {main.obl} और "
            "{other.position} {other.obl} वाली कितनी तस्वीरें हैं?",
            "{time} मिली उस तस्वीर में कितनी आकृतियाँ हैं जिसमें "
            "{main.position} {main.dir} और {other.position} {other.is}?",
            "गिनकर बताइए कि {main.position} बने {main.obl} के साथ "
            "{other.obl} वाले चित्र में कितनी चीज़ें हैं।",
        ),
        "compare": (
            "{main.obl} और {other.position} {other.obl} वाली तस्वीर की तुलना पिछली तस्वीर से करो।",
            "जिस चित्र में {background} {main.dir} और {other.position} "
            "{other.is}, वह बाकी चित्रों से कैसे अलग है?",
            "{background} {main.position} {main.obl} और {other.position} {other.obl} वाली "
            "तस्वीर को उस तस्वीर से मिलाओ जो हमने {time} देखी थी।",
            "{background} बने {main.obl} और {other.obl} वाले चित्र में "
            "और {place} मिले चित्र में क्या समानता है?",
            "जिस तस्वीर में {main.position} {main.dir} और {other.position} "
            "{other.is}, उसमें और आख़िरी तस्वीर में क्या फ़र्क़ है?",
        ),
        "open": (
            "{background} {main.obl} और {other.obl} वाली तस्वीर खोलो।",
            "{other.obl} और {main.position} बने {main.obl} वाला वह नोट "
            "खोलो जो मैंने {time} {place} लिखा था।",
            "जिस चित्र में {main.position} {main.dir} और "
            "{other.position} {other.is}, उसे पूरी स्क्रीन पर दिखाओ।",
            "क्या आप वह तस्वीर खोल सकते हैं जिसमें {background} "
            "{main.position} {main.dir} और {other.position} {other.is}?",
            "मुझे {main.position} बने {main.obl} और {other.position} बने {other.obl} "
            "के बारे में लिखा नोट फिर से पढ़ना है, उसे खोलिए।",
        ),
        "share": (
            "नेहा को {main.position} {main.obl} और {other.position} {other.obl} वाली तस्वीर भेजो।",
            "जिस चित्र में {other.dir} और {main.position} {main.is}, उसे सहकर्मियों को भेज दो।",
            "माँ को वह तस्वीर भेजो जिसमें {background} {main.position} "
            "{main.dir} और {other.position} {other.is}।",
            "{background} बने {main.obl} और {other.obl} के बारे में जो नोट "
            "मैंने {time} लिखा था, उसे ग्रुप में डाल दो।",
            "क्या आप {place} सहेजी गई वह तस्वीर मेरी बहन को भेज सकते हैं जिसमें "
            "{background} {main.dir} और {other.position} {other.is}?",
        ),
        "delete": (
            "{background} {other.obl} और {main.position} {main.obl} वाली तस्वीर मिटा दो।",
            "{main.obl} और {other.position} बने {other.obl} वाला नोट हटा दो, अब वह बेकार है।",
            "गैलरी से वह चित्र हटाओ जिसमें {background} {main.position} "
            "{main.dir} और {other.position} {other.is}।",
            "{time} डाउनलोड की गई वह तस्वीर मिटाइए जिसमें {main.position} "
            "{main.dir} और {other.position} {other.is}।",
            "क्या आप {background} बने {main.obl} और {other.obl} वाला वह "
            "नोट हटा सकते हैं जो मैंने {place} लिखा था?",
        ),
        "remind": (
            "मुझे {background} बनी {main.obl} और {other.obl} वाली तस्वीर की याद दिलाना।",
            "मुझे बाद में वह चित्र देखने की याद दिलाना जिसमें "
            "{main.position} {main.dir} और {other.position} {other.is}।",
            "{main.position} बने {main.obl} और {other.position} बने "
            "{other.obl} वाले नोट के लिए रिमाइंडर लगा दो।",
            "ध्यान रखना कि मैं {background} {main.obl} और "
            "{other.position} {other.obl} वाली तस्वीर न भूलूँ।",
            "मुझे वह नोट दोबारा पढ़ने की याद दिलाइए जो मैंने {place} लिखा था और जिसमें "
            "{other.obl} और {main.position} बने {main.obl} का ज़िक्र है।",
        ),
    },
    distractors=(
        "वह तस्वीर नहीं जिसमें {distractor.is}।",
        "मेरा मतलब {distractor.obl} वाले चित्र से नहीं है।",
        "{distractor.obl} वाली तस्वीर मुझे नहीं चाहिए।",
        "यह {distractor.obl} के बारे में नहीं है।",
        "इसे उस चित्र के साथ मत मिला देना जिसमें {distractor.is}।",
        "{distractor.obl} वाली चीज़ छोड़ दो।",
        "लेकिन {distractor.obl} के बिना",
    ),
    openers=(
        "नमस्ते!",
        "सुनो।",
        "ज़रा सुनिए।",
        "रुको, बताती हूँ।",
        "माफ़ कीजिए।",
        "मेरी थोड़ी मदद करो।",
        "अरे, कैसे कहूँ।",
        "आपसे छोटा-सा काम है।",
        "हैलो, मेरी आवाज़ आ रही है?",
        "अच्छा, तो फिर।",
        "अच्छा,",
        "हाँ तो,",
    ),
    chatter=(
        "आज फिर बारिश हो रही है।",
        "मैं अभी-अभी काम से लौटा हूँ और बहुत थक गया हूँ।",
        "ऊपर वाले पड़ोसी फिर से मरम्मत करवा रहे हैं।",
        "चाय ठंडी हो गई, नई बनानी पड़ेगी।",
        "लगता है फ़ोन की बैटरी ख़त्म होने वाली है।",
        "कल हम देर रात तक फ़िल्म देखते रहे।",
        "बच्चा अभी सोया है, इसलिए धीरे बोल रही हूँ।",
        "रुको, दरवाज़े पर कोई है।",
        "मुझे अभी सब्ज़ी लेने भी जाना है।",
        "यहाँ नेटवर्क कमज़ोर है, न समझ आए तो फिर पूछ लेना।",
        "भाई ने मुंबई में लाल गाड़ी ख़रीदी है।",
        "मेज़ पर दो हरे सेब रखे हैं।",
        "शनिवार को हमने स्कूल के सामने तीन पेड़ लगाए।",
        "बिल्ली ने रसोई में काला प्याला तोड़ दिया।",
        "बेटी ने आज तारों वाली पीली फ़्रॉक पहनी है।",
        "पिछले हफ़्ते दफ़्तर की दीवारें नीले रंग से पोती गईं।",
        "दादी के चार पोते हैं और सबको आइसक्रीम चाहिए।",
        "मैं अपना छोटा छाता बस में भूल गया।",
    ),
    closers=(
        "धन्यवाद!",
        "बहुत-बहुत शुक्रिया।",
        "पहले से ही शुक्रिया।",
        "आपका आभारी रहूँगा।",
        "बस इतना ही।",
        "हो सके तो जल्दी करना।",
        "कोई जल्दी नहीं है।",
        "बड़ी मेहरबानी होगी।",
        "ठीक है, मैं इंतज़ार में हूँ।",
        "फिर मिलेंगे।",
        "प्लीज़",
        "अगर हो सके तो",
    ),
)
