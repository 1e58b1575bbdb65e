"""Turkish: "picture" and "note" are accusative carriers, "_nom" nominative ones."""

from __future__ import annotations

from unimr_jax.data.queries.language import Language

LANGUAGE = Language(
    tag="tr",
    quotes=("“", "”"),
    formal=("isiniz", "ısınız", "siliniz", "bulmanız", "Affedersiniz",),
    informal=(
        "Selam", "hey,", "kusura bakma", "vaktin", "Vaktin", "bak,", "Sağ ol", "Harikasın",
        "karıştırma", "boş ver",
    ),
    carriers={
        "picture": (
            "{object} adlı fotoğrafı", "{object} başlıklı resmi",
            "{time} çekilen {object} fotoğrafını",
            "{place} çekilen {object} adlı fotoğrafı", "{object} resmini",
            "{time} kaydettiğim {object} adlı görseli", "{object} isimli görseli",
            "{time} {place} çektiğim {object} fotoğrafını",
        ),
        "picture_nom": (
            "{object} adlı fotoğraf", "{object} başlıklı resim",
            "{time} çekilen {object} fotoğrafı",
            "{object} isimli görsel", "{place} çekilen {object} adlı fotoğraf",
        ),
        "pictures": (
            "{object} adlı fotoğraf", "{object} başlıklı resim", "{object} isimli görsel",
            "{time} çekilen {object} fotoğrafı",
        ),
        "note": (
            "{object} adlı notu", "{object} başlıklı yazıyı", "{object} adlı hikâyeyi",
            "{time} yazılan {object} notunu", "{place} yazdığım {object} başlıklı yazıyı",
            "{object} konulu metni",
        ),
        "note_nom": (
            "{object} adlı not", "{object} başlıklı yazı", "{time} yazılan {object} notu",
            "{object} adlı hikâye", "{place} yazdığım {object} konulu metin",
        ),
        "notes": (
            "{object} adlı not", "{object} başlıklı yazı", "{object} konulu metin",
            "{time} yazılan {object} konulu not",
        ),
    },
    frames={
        "find_picture": (
            "bana {picture} göster", "{picture} bulur musun?", "{picture} arıyorum",
            "{picture} nereye koymuştum?", "{picture} bulabilir misin?",
            "şöyle bir fotoğraf lazım: {object}", "{picture} görmek istiyorum",
            "bana {object} başlıklı {count} resim göster", "galeriden {picture} çıkar",
            "{picture} gösterebilir misiniz?",
            "{picture} bir daha görmek isterim", "{picture_nom} nerede?",
            "{picture} bir türlü bulamadım", "galeride {picture} arar mısın?",
        ),
        "find_text": (
            "{note} bul", "{note_nom} nerede?", "{note} okumak istiyorum", "{note} arayıver",
            "bu konuda ne yazmıştım: {topic}", "{note} bir türlü bulamıyorum",
            "notlarımda şunu ara: {topic}", "bana {topic} konulu {count} metin ver",
            "{note} bulmanız mümkün mü?", "bende {note_nom} var mı?",
            "{note} bana oku", "{note_nom} nereye gitti?", "{note} tekrar okumak istiyorum",
            "notlarımda bu konuda ne yazıyor: {topic}",
        ),
        "compare": (
            "{thing} bir öncekiyle karşılaştır", "{thing_nom} en yenisinden ne kadar farklı?",
            "{thing} en yenisinin yanına koy", "{thing_nom} eskisinden daha mı iyi?",
            "{thing} diğerlerinden ayıran şey ne?", "{thing} yeni sürümle kıyasla",
            "{thing_nom} ile sonuncusu arasında ne fark var?",
            "{thing} ötekilerle karşılaştırır mısınız?",
            "{thing} öncekiyle yan yana göster", "{thing_nom} son seferden beri değişmiş mi?",
            "{thing} eskisiyle karşılaştırmak istiyorum", "{thing_nom} yenisine benziyor mu?",
            "{thing} önceki sürümle karşılaştırabilir misiniz?",
        ),
        "open": (
            "{thing} aç", "{thing} açar mısın?", "{thing} ekrana getir",
            "{thing} yeni pencerede aç",
            "{thing} hemen önümde görmek istiyorum", "rica etsem {thing} açar mısınız?",
            "{thing} yükle", "{thing} tam ekran göster",
            "{thing} açmak istiyorum", "{thing} burada açabilir misin?", "{thing} öne getir",
            "{thing} açıver", "{thing} benim için açabilir misiniz?",
        ),
        "share": (
            "{thing} {person} gönder", "{person} {thing} yolla", "{thing} {person} iletir misin?",
            "{thing} {person} mutlaka göster", "{when} {person} {thing} gönder",
            "{thing} {person} ulaştır", "{thing} {person} e-postayla at",
            "{thing} {person} gönderebilir misiniz?",
            "{thing} {person} göndereceğime söz verdim", "{thing_nom} {person} ulaşsın",
            "{person} {thing} iletmek istiyorum", "{thing} {person} postala",
            "{person} {thing} yollar mısınız?",
        ),
        "delete": (
            "{thing} sil", "{thing} kaldır", "{thing} çöp kutusuna at", "{thing} artık istemiyorum",
            "{thing} silebilir misin?", "{thing} kalıcı olarak sil", "{thing_nom} artık gereksiz",
            "lütfen {thing} siliniz",
            "{thing} yok et", "{thing} telefonumdan sil", "{thing} silmek istiyorum",
            "{thing_nom} gitsin artık", "{thing} tamamen kaldırır mısınız?",
        ),
        "count": (
            "kaç tane {things} var?", "kaç {things} olduğunu say",
            "bende kaç {things} olduğunu söyle",
            "toplam kaç {things} kayıtlı?", "gerçekten {count} tane {things} var mı?",
            "{count} taneden fazla {things} var mı?", "kaç {things} kaldığını bilmek istiyorum",
            "kaç {things} bulunduğunu sayar mısınız?",
            "elimde kaç {things} var?", "kaç tane {things} kaydetmişim?",
            "acaba kaç tane {things} var?", "toplamda {count} {things} eder mi?",
            "kaç {things} olduğunu söyleyebilir misiniz?",
        ),
        "set_reminder": (
            "{when} bana {thing} incelememi hatırlat", "{when} {thing} açmam için hatırlatıcı kur",
            "{when} {thing} gözden geçirmem lazım, haber ver", "{when} {thing} unutmama izin verme",
            "{when} {thing} kontrol etmem için beni uyar",
            "yapılacaklar listeme şunu ekle: {when} {thing} incele",
            "{when} beni uyandır, {thing} bitirmem gerek",
            "{when} {thing} kontrol etmemi hatırlatır mısınız?",
            "{when} {thing} incelemem gerektiğini söyle",
            "{when} {thing} görmek istiyorum, unutturma", "şunu not et: {when} {thing} açacağım",
            "{when} bana haber ver, {thing} inceleyeceğim",
            "{when} {thing} açmam için beni uyarır mısınız?",
        ),
    },
    times=(
        "dün", "geçen hafta", "geçen ay", "iki gün önce", "geçen yaz", "bu sabah", "cuma günü",
        "martta", "bayramda", "evvelsi gün",
    ),
    whens=(
        "yarın", "bu akşam yedide", "gelecek pazartesi", "bir saat sonra", "pazar sabahı",
        "yarın öğlen", "iki hafta sonra", "3 Mayıs'ta", "saat 8.30'da", "öğle yemeğinden önce",
    ),
    places=(
        "ofiste", "Paris'te", "okulda", "sahilde", "istasyonda", "mutfakta", "babaannemin evinde",
        "trende", "parkta", "kütüphanede",
    ),
    persons=(
        "Ayşe'ye", "ablama", "Mehmet Bey'e", "ekibe", "anneme", "müdürüme", "Ömer'e",
        "öğretmenimize", "Zeynep'e", "komşulara",
    ),
    counts=("iki", "üç", "beş", "on", "4", "6", "on iki", "20"),
    openers=(
        "Merhaba!", "Selam!", "Günaydın!", "lütfen", "hey,", "tamam, şimdi", "kusura bakma,",
        "vaktin varsa", "peki,", "Affedersiniz.", "bak,", "Bir şey daha.",
        "İyi akşamlar!", "küçük bir ricam var:", "bu arada,", "Yine ben.",
    ),
    fillers=(
        "şey,", "yani,", "hani,", "bir dakika,", "dediğim gibi,", "aslında", "zahmet olmazsa",
        "bir düşüneyim,", "ee,", "mümkünse",
        "nasıl desem,", "doğrusu,",
    ),
    distractors=(
        "{other} değil.", "{other} zaten bende var.", "{other} demek istemedim.",
        "Geçen sefer {other} çıktı.", "{other} olduğu gibi kalsın.", "{other} kalsın, boş ver.",
        "{other} başka bir şey.", "{other} ile karıştırma.", "{other} ile ilgisi yok.",
        "{other} işini hallettik.",
    ),
    closers=(
        "Teşekkürler!", "Çok teşekkür ederim!", "lütfen", "olur mu?", "Acelesi yok.", "Sağ ol.",
        "Harikasın.", "Bir an önce olsun.", "Çok makbule geçer.", "Vaktin olunca yap.",
        "Minnettarım!", "fırsat olursa",
    ),
    chatter=(
        "Telefonumun şarjı bitmek üzere.", "Günlerdir yağmur yağıyor.", "Buranın kahvesi berbat.",
        "Saat beşten beri ayaktayım.", "Çocuklar yine bağırıyor.", "Otobüsüm yine geç kaldı.",
        "Geçen hafta istasyonda gözlüğümü kaybettim.", "Kardeşim yeşil bir kanepe aldı.",
        "Ağacın altında üç kedi var.", "Biliyorum, çok soruyorum.",
    ),
)  # fmt: skip
