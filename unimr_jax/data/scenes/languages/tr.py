"""Turkish.

Nouns stay singular after numerals and adjectives never change, so only the noun carries the case;
its forms are stored with vowel harmony, softened stems and buffer letters worked out. One object
has "bir", which stands between the adjectives and the noun.
"""

from __future__ import annotations

from unimr_jax.data.scenes.language import Language, Part, Parts
from unimr_jax.data.scenes.parts import spaced
from unimr_jax.data.scenes.scene import Group

_CASES = ("nom", "acc", "gen", "abl", "ins")

# shape → forms in the order of _CASES
_NOUNS = {
    "circle": "daire daireyi dairenin daireden daireyle",
    "square": "kare kareyi karenin kareden kareyle",
    "triangle": "üçgen üçgeni üçgenin üçgenden üçgenle",
    "star": "yıldız yıldızı yıldızın yıldızdan yıldızla",
    "heart": "kalp kalbi kalbin kalpten kalple",
    "moon": "ay ayı ayın aydan ayla",
    "cross": "haç haçı haçın haçtan haçla",
    "flower": "çiçek çiçeği çiçeğin çiçekten çiçekle",
    "house": "ev evi evin evden evle",
    "tree": "ağaç ağacı ağacın ağaçtan ağaçla",
}

_ADJECTIVES = {
    "small": "küçük",
    "big": "büyük",
    "red": "kırmızı",
    "orange": "turuncu",
    "yellow": "sarı",
    "green": "yeşil",
    "blue": "mavi",
    "purple": "mor",
    "brown": "kahverengi",
    "black": "siyah",
}

_NUMERALS = {2: "iki", 3: "üç", 4: "dört"}


def _size(group: Group) -> Part | None:
    return (_ADJECTIVES[group.size], "size") if group.size else None


def noun_phrase(group: Group, case: str) -> Parts:
    """`case`: nom, acc, gen, abl or ins."""
    colour = (_ADJECTIVES[group.colour], "colour")
    noun = (_NOUNS[group.shape].split()[_CASES.index(case)], "object")
    if group.count == 1:
        return spaced(_size(group), colour, ("bir", "count"), noun)
    return spaced((_NUMERALS[group.count], "count"), _size(group), colour, noun)


LANGUAGE = Language(
    tag="tr",
    noun_phrase=noun_phrase,
    positions={
        "top_left": "sol üstte",
        "top_right": "sağ üstte",
        "bottom_left": "sol altta",
        "bottom_right": "sağ altta",
    },
    backgrounds={
        "white": "beyaz zemin üzerinde",
        "grey": "gri zemin üzerinde",
        "pink": "pembe zemin üzerinde",
        "turquoise": "turkuaz zemin üzerinde",
        "sand": "kum rengi zemin üzerinde",
    },
    times=(
        "dün akşam",
        "evvelsi gün",
        "bu sabah",
        "geçen hafta",
        "geçen ay",
        "geçen yıl",
        "geçen yaz",
        "geçen salı",
        "pazartesi sabahı",
        "iki hafta önce",
        "üç gün önce",
        "mart başında",
        "hafta sonu",
        "öğleden sonra",
        "tatilden önce",
        "bayram sabahı",
    ),
    places=(
        "Paris'te",
        "Ankara'da",
        "ofiste",
        "okulda",
        "trende",
        "kafede",
        "kütüphanede",
        "havaalanında",
        "otelde",
        "müzede",
        "anneannemde",
        "sahilde",
        "pazarda",
        "mutfakta",
        "otogarda",
    ),
    captions=(
        "{background} {main.position} {main.nom}, {other.position} {other.nom} var.",
        "Resimde {background} {main.position} {main.nom} ve {other.position} {other.nom} "
        "görülüyor.",
        "{main.position} {main.nom}, {other.position} ise {other.nom}, hepsi {background}.",
        "{background} bir çizim: {main.position} {main.nom}, {other.position} {other.nom}.",
        "Bu resim {background} {main.position} {main.acc}, {other.position} {other.acc} "
        "gösteriyor.",
    ),
    description=(
        (
            "Bu çizim {background}, gereksiz ayrıntılara girmeden, sade çizgilerle hazırlanmış.",
            "Resim {background} özenle, acele etmeden yapılmış.",
            "Karşımızda duran bu sade ve düzenli çalışma {background} yapılmış.",
        ),
        (
            "{main.position} {main.nom} var ve göz hemen oraya takılıyor.",
            "{main.position} net çizgilerle çizilmiş {main.nom} dikkat çekiyor.",
            "Ressam {main.position} {main.acc} belli ki özenle çizmiş.",
        ),
        (
            "{other.position} ise {other.nom} görülüyor.",
            "Buna karşılık {other.position} {other.nom} yer alıyor.",
            "Bunu çizen kişi {other.position} {other.acc} göstermeyi de unutmamış.",
        ),
        (
            "Aralarında bolca boşluk kalmış, böylece bakan kişinin gözü dinleniyor.",
            "Geri kalan alan boş bırakılmış, bu da resmi ferahlatıyor.",
        ),
        (
            "Kâğıt biraz pürüzlü, kenarları da eski defterlerden kopmuş gibi hafifçe kıvrılmış.",
            "Kâğıt kalın ve pürüzsüz, tıpkı özenle saklanan tebrik kartları gibi.",
        ),
        (
            "Işık yumuşak ve dengeli olduğu için gölgeler neredeyse hiç seçilmiyor.",
            "Sanki bulutlu sabahlardaki gibi pencereden hafifçe ışık süzülüyor.",
        ),
        (
            "Çalışmanın havası sakin, biraz da düşünceli.",
            "Bakınca insanın aklına çocukluğun uzun ve tasasız günleri geliyor.",
        ),
        (
            "Bu resmi sevdiğiniz dostlara göndermek ya da masanın üstüne asmak güzel olur.",
            "Uzun uzun bakmak, o sırada başka hiçbir şey düşünmemek istiyor insan.",
        ),
    ),
    frames={
        "find_image": (
            "bana {main.position} {main.nom}, {other.position} {other.nom} olan resmi bul.",
            "{background} {main.nom} ve {other.nom} bulunan çizimi göster.",
            "{background} {main.position} {main.nom}, {other.position} "
            "{other.nom} olan resim nerede?",
            "{time} gördüğüm, {main.position} {main.acc} ve "
            "{other.position} {other.acc} gösteren resmi arıyorum.",
            "{place} kaydettiğim, {main.nom} ve {other.position} "
            "{other.nom} olan çizimi bulur musun?",
            "bana {background} {other.gen} yanında {main.nom} olan resim lazım.",
        ),
        "find_note": (
            "bana {main.position} duran {main.nom} ve {other.position} "
            "duran {other.nom} hakkındaki notu bul.",
            "{time} {background} çizilmiş {main.nom} ve {other.nom} hakkında ne yazmıştım?",
            "{main.position} duran {main.abl} ve {other.position} duran "
            "{other.abl} bahseden notum nerede?",
            "{main.position} {main.acc}, {other.position} {other.acc} anlatan yazıyı göster.",
            "{place} yazdığım, {other.nom} ve {main.position} duran "
            "{main.nom} ile ilgili notu arıyorum.",
            "bana {background} çizilmiş {main.abl} ve {other.abl} söz eden not lazım.",
        ),
        "count": (
            "{background} {main.nom} ve {other.nom} olan resimde toplam kaç şekil var?",
            "{main.position} {main.nom}, {other.position} {other.nom} "
            "olan çizimde kaç nesne olduğunu say.",
            "bende {background} {main.position} {main.nom}, "
            "{other.position} {other.nom} gösteren kaç resim var?",
            "{time} bana gelen, {main.position} {main.nom}, "
            "{other.position} {other.nom} olan resimde kaç şekil var?",
            "söyler misin, {main.ins} {other.position} duran {other.acc} "
            "gösteren resimde toplam kaç nesne var?",
        ),
        "compare": (
            "{background} {main.nom} ve {other.nom} olan resmi bir öncekiyle karşılaştır.",
            "{main.position} {main.nom}, {other.position} {other.nom} "
            "olan çizim diğerlerinden nasıl ayrılıyor?",
            "{background} {other.nom} ve {main.position} {main.nom} olan "
            "resmi {time} gördüğümüz resimle karşılaştır.",
            "bana {main.ins} {other.position} duran {other.acc} gösteren çizim ile "
            "{place} bulduğumuz çizimin ortak yanlarını söyle.",
            "{main.position} {main.nom}, {other.position} {other.nom} olan "
            "resimle son kaydettiğim resim arasında ne fark var?",
        ),
        "open": (
            "{background} {main.nom} ve {other.nom} olan resmi aç.",
            "{time} {place} yazdığım, {main.abl} ve {other.position} "
            "duran {other.abl} bahseden notu aç.",
            "{main.position} {main.nom}, {other.position} {other.nom} "
            "olan çizimi tam ekran göster.",
            "{background} {main.position} {main.nom}, {other.position} "
            "{other.nom} olan resmi açabilir misin?",
            "bana {main.position} çizilmiş {main.nom} ve {other.position} çizilmiş "
            "{other.nom} hakkındaki notu açsana, yeniden okumak istiyorum.",
        ),
        "share": (
            "Zeynep'e {background} {main.ins} {other.acc} gösteren resmi gönder.",
            "{main.position} {main.nom}, {other.position} {other.nom} "
            "olan çizimi arkadaşlarımla paylaş.",
            "anneme {background} {main.position} {main.nom}, "
            "{other.position} {other.nom} olan resmi yolla.",
            "{time} yazdığım, {other.nom} ve {main.position} duran "
            "{main.nom} hakkındaki notu gruba at.",
            "{place} kaydettiğimiz, {background} {main.nom} ve {other.position} "
            "{other.nom} olan resmi kardeşime gönderebilir misin?",
        ),
        "delete": (
            "{background} {other.nom} ve {main.position} {main.nom} olan resmi sil.",
            "{background} çizilmiş {main.abl} ve {other.abl} bahseden şu "
            "notu sil, artık gerekmiyor.",
            "{background} {main.position} {main.nom}, {other.position} "
            "{other.nom} olan çizimi galeriden kaldır.",
            "{time} indirdiğim, {main.position} {main.nom}, "
            "{other.position} {other.nom} olan resmi sil.",
            "{place} yazdığım, {main.nom} ve {other.position} duran "
            "{other.nom} hakkındaki notu silebilir misin?",
        ),
        "remind": (
            "bana {background} {main.nom} ve {other.nom} olan resmi hatırlat.",
            "sonra {main.position} {main.nom}, {other.position} "
            "{other.nom} olan çizime bakmamı hatırlat.",
            "{main.position} duran {main.abl} ve {other.position} duran "
            "{other.abl} bahseden not için bir hatırlatma kur.",
            "{background} {main.nom} ve {other.position} {other.nom} "
            "olan resmi unutmama izin verme.",
            "bana {place} yazdığım, {other.nom} ve {main.position} duran "
            "{main.nom} hakkındaki nota dönmemi hatırlat.",
        ),
    },
    distractors=(
        "Üzerinde {distractor.nom} olan resmi değil.",
        "Ama {distractor.acc} gösteren çizimi kastetmiyorum.",
        "Bana {distractor.nom} olan resim lazım değil.",
        "Konu {distractor.nom} değil.",
        "Sakın {distractor.nom} olan çizimle karıştırma.",
        "Şu {distractor.abl} bahsedeni boş ver.",
        "ama {distractor.nom} olmasın",
    ),
    openers=(
        "Merhaba!",
        "Selam!",
        "Bir dakika.",
        "Dinle bak.",
        "Kusura bakma, rahatsız ediyorum.",
        "Sana zahmet, yardım et.",
        "Şey, nasıl desem.",
        "Senden küçük bir ricam var.",
        "Alo, sesim geliyor mu?",
        "Peki, deneyelim.",
        "şey,",
        "hadi bakalım,",
    ),
    chatter=(
        "Bugün yine yağmur yağıyor.",
        "İşten yeni geldim, çok yorgunum.",
        "Üst kattakiler yine tadilat yapıyor.",
        "Çayım soğudu, yenisini demlemem gerek.",
        "Galiba telefonun şarjı bitmek üzere.",
        "Dün gece geç saate kadar dizi izledik.",
        "Bebek sonunda uyudu, o yüzden sessiz konuşuyorum.",
        "Dur, kapı çalıyor.",
        "Daha markete gideceğim.",
        "Burası pek çekmiyor, anlamazsan tekrar sor.",
        "Ağabeyim Bursa'dan kırmızı bir araba aldı.",
        "Masada duran iki yeşil elmaya bakıyorum.",
        "Cumartesi günü okulun önüne üç ağaç diktik.",
        "Kedi mutfakta siyah bir fincan kırdı.",
        "Kızım bugün yıldızlı sarı elbisesini giydi.",
        "Geçen hafta ofisin duvarlarını maviye boyadılar.",
        "Babaannemin dört torunu var, hepsi dondurma istiyor.",
        "Küçük şemsiyemi otobüste unuttum.",
    ),
    closers=(
        "Teşekkürler!",
        "Şimdiden teşekkür ederim.",
        "Çok sevinirim.",
        "Hepsi bu kadar.",
        "Mümkünse biraz çabuk ol.",
        "Acelesi yok.",
        "Sağ ol, var ol.",
        "Kolay gelsin.",
        "Tamam, bekliyorum.",
        "Görüşürüz.",
        "lütfen",
        "mümkünse",
    ),
)
