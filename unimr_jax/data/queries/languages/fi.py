"""Finnish: carriers are nominative (objects of imperatives) or, "_gen", genitive.

Plural carriers are partitive singulars, as after "kuinka monta" and after numerals.
"""

from __future__ import annotations

from unimr_jax.data.queries.language import Language

LANGUAGE = Language(
    tag="fi",
    quotes=("”", "”"),
    formal=("voisitteko", "olisitteko", "olkaa hyvä",),
    informal=(
        "Moi!", "ole kiltti", "sinulla", "kuule", "kultainen", "voit", "ehdit", "tiedäthän",
        "annas", "Jätä", "Unohda", "Älä",
    ),
    carriers={
        "picture": (
            "kuva nimeltä {object}", "valokuva {object}", "{time} otettu kuva nimeltä {object}",
            "{place} otettu valokuva {object}", "kuva otsikolla {object}",
            "kuva {object}", "{time} tallennettu kuva {object}",
        ),
        "picture_gen": (
            "kuvan nimeltä {object}", "valokuvan {object}", "{time} otetun kuvan nimeltä {object}",
            "{place} otetun valokuvan {object}", "kuvan {object}",
            "{time} tallennetun kuvan {object}",
        ),
        "pictures": (
            "kuvaa nimeltä {object}", "valokuvaa nimeltä {object}",
            "{time} otettua kuvaa nimeltä {object}",
            "kuvaa aiheesta {object}",
        ),
        "note": (
            "muistiinpano nimeltä {object}", "teksti {object}",
            "{time} kirjoitettu teksti {object}",
            "tarina {object}", "{place} kirjoitettu muistiinpano {object}", "sivu nimeltä {object}",
        ),
        "note_gen": (
            "muistiinpanon nimeltä {object}", "tekstin {object}",
            "{time} kirjoitetun tekstin {object}",
            "tarinan {object}", "{place} kirjoitetun muistiinpanon {object}",
            "sivun nimeltä {object}",
        ),
        "notes": (
            "muistiinpanoa nimeltä {object}", "tekstiä aiheesta {object}", "sivua nimeltä {object}",
            "{time} kirjoitettua tekstiä aiheesta {object}",
        ),
    },
    frames={
        "find_picture": (
            "näytä minulle {picture}", "etsi {picture}", "haluaisin nähdä {picture_gen}",
            "mihin panin {picture_gen}?", "löydätkö {picture_gen}?",
            "tarvitsen kuvan tällaisesta: {object}", "haluan katsoa {picture_gen}",
            "näytä {count} kuvaa aiheesta {object}", "kaiva galleriasta esiin {picture}",
            "voisitteko näyttää minulle {picture_gen}?",
            "missä on {picture}?", "haluaisin löytää {picture_gen}", "ota esiin {picture}",
            "saisinko nähdä {picture_gen}?",
        ),
        "find_text": (
            "hae {note}", "missä on {note}?", "haluaisin lukea {note_gen}", "etsi käsiini {note}",
            "mitä kirjoitin tästä: {topic}", "minulta on kadonnut {note}",
            "etsi muistiinpanoistani: {topic}", "anna minulle {count} tekstiä aiheesta {topic}",
            "voisitteko etsiä {note_gen}?", "onko minulla vielä tallessa {note}?",
            "mistä löytyy {note}?", "lue minulle {note}", "haluan lukea uudelleen {note_gen}",
            "mitä muistiinpanoni sanovat aiheesta {topic}?",
        ),
        "compare": (
            "aseta rinnakkain {thing} ja edellinen",
            "miten {thing} eroaa uusimmasta?", "pane uusimman viereen {thing}",
            "onko {thing} parempi kuin vanha versio?", "kerro, miten {thing} poikkeaa muista",
            "tutki, onko {thing} erilainen kuin uusi versio",
            "pystytkö vertaamaan, onko {thing} samanlainen kuin viimeksi?",
            "voisitteko asettaa muiden rinnalle {thing_gen}?",
            "kumpi on parempi, {thing} vai vanha versio?", "näytä vierekkäin {thing} ja uusin",
            "katso, onko {thing} muuttunut viime kerrasta",
            "haluan tietää, miten {thing} eroaa vanhasta",
            "voisitteko katsoa, poikkeaako {thing} edellisestä?",
        ),
        "open": (
            "avaa {thing}", "voitko avata {thing_gen}?", "tuo näytölle {thing}",
            "avaa uuteen ikkunaan {thing}", "haluan eteeni {thing_gen}",
            "olisitteko ystävällinen ja avaisitte {thing_gen}?", "lataa {thing}",
            "näytä koko ruudulla {thing}",
            "haluan avata {thing_gen}", "aukaise {thing}", "saisiko {thing_gen} auki?",
            "tuo eteeni {thing}", "voisitteko avata {thing_gen}?",
        ),
        "share": (
            "lähetä {person} {thing}", "jaa {person} {thing}",
            "voisitko lähettää {person} {thing_gen}?",
            "välitä {person} {thing}", "lähetä {when} {person} {thing}", "anna {person} {thing}",
            "haluan näyttää {person} {thing_gen}", "voisitteko toimittaa {person} {thing_gen}?",
            "toimita {person} {thing}", "lupasin {person} {thing_gen}", "näytä {person} {thing}",
            "laita {person} sähköpostilla {thing}", "voisitteko välittää {person} {thing_gen}?",
        ),
        "delete": (
            "poista {thing}", "pyyhi pois {thing}", "heitä roskakoriin {thing}",
            "nyt saa hävitä {thing}", "voitko poistaa {thing_gen}?",
            "hävitä lopullisesti {thing}", "roskiin joutaa {thing}",
            "olkaa hyvä ja poistakaa {thing}",
            "haluan poistaa {thing_gen}", "tuhoa {thing}", "pitäisi poistaa {thing}",
            "siivoa pois {thing}", "voisitteko hävittää {thing_gen}?",
        ),
        "count": (
            "kuinka monta {things} minulla on?", "laske, montako {things} on",
            "kerro, kuinka monta {things} löytyy", "montako {things} on yhteensä?",
            "onko minulla tosiaan {count} {things}?", "löytyykö ainakin {count} {things}?",
            "haluan tietää, montako {things} on jäljellä",
            "voisitteko laskea, montako {things} on?",
            "montako {things} olen tallentanut?", "mietin, kuinka monta {things} minulla on",
            "tarkista, montako {things} löytyy", "onko täällä {count} {things}?",
            "voisitteko kertoa, kuinka monta {things} on tallessa?",
        ),
        "set_reminder": (
            "muistuta minua {when}, että pitää katsoa {thing}", "aseta muistutus {when}: {thing}",
            "minun pitää {when} tarkistaa {thing}, muistuta siitä",
            "älä anna minun {when} unohtaa, että on katsottava {thing}",
            "ilmoita minulle {when}, kun pitää avata {thing}",
            "lisää tehtäviin {when} tarkistettavaksi {thing}",
            "herätä minut {when}, minun on saatava valmiiksi {thing}",
            "voisitteko muistuttaa minua {when}, että avaan {thing_gen}?",
            "sano minulle {when}, että on aika katsoa {thing}",
            "en saa {when} unohtaa, että on tarkistettava {thing}",
            "kirjoita ylös, että {when} pitää avata {thing}",
            "tarvitsen {when} muistutuksen: {thing}",
            "voisitteko ilmoittaa {when}, että pitää tarkistaa {thing}?",
        ),
    },
    times=(
        "eilen", "viime viikolla", "viime kuussa", "kaksi päivää sitten", "viime kesänä",
        "tänä aamuna", "perjantaina", "maaliskuussa", "jouluna", "toissapäivänä",
    ),
    whens=(
        "huomenna", "tänä iltana seitsemältä", "ensi maanantaina", "tunnin päästä",
        "sunnuntaiaamuna", "huomenna keskipäivällä", "kahden viikon päästä", "3. toukokuuta",
        "kello 8.30", "ennen lounasta",
    ),
    places=(
        "toimistossa", "Pariisissa", "koulussa", "rannalla", "asemalla", "keittiössä", "mummolassa",
        "junassa", "puistossa", "kirjastossa",
    ),
    persons=(
        "Annalle", "siskolleni", "herra Virtaselle", "tiimille", "äidille", "pomolleni", "Omarille",
        "opettajallemme", "Mikolle", "naapureille",
    ),
    counts=("kaksi", "kolme", "viisi", "kymmenen", "4", "6", "kaksitoista", "20"),
    openers=(
        "Hei!", "Moi!", "Hyvää huomenta!", "hei,", "okei, siis", "anteeksi,",
        "jos sinulla on hetki aikaa,", "no niin,", "Anteeksi häiriö.", "kuule,", "Vielä yksi asia.",
        "ole kiltti ja kuuntele:",
        "Hyvää iltaa!", "pieni pyyntö:", "muuten,", "Minä taas.",
    ),
    fillers=(
        "öö,", "tota noin,", "siis,", "hetkinen,", "kuten sanoin,", "itse asiassa,",
        "jos ei ole vaivaksi,", "tiedäthän,", "annas kun mietin,", "no,",
        "miten sen sanoisi,", "totta puhuen,",
    ),
    distractors=(
        "Ei {other}.", "Minulla on jo {other}.", "En tarkoita tätä: {other}.",
        "Viimeksi tuli {other}.", "Jätä rauhaan {other}.", "Unohda {other}.",
        "{other} on eri asia.", "Älä sekoita: ei {other}.", "{other} ei liity tähän.",
        "{other} on jo hoidettu.",
    ),
    closers=(
        "Kiitos!", "Kiitos paljon!", "kiitos", "jos mahdollista", "Ei ole kiire.",
        "Kiitos etukäteen.", "Olet kultainen.", "niin pian kuin voit", "Se olisi mukavaa.",
        "kun ehdit",
        "Suuret kiitokset!", "jos se sopii",
    ),
    chatter=(
        "Puhelimestani on akku melkein lopussa.", "Täällä on satanut monta päivää.",
        "Kahvi on täällä kamalaa.", "Olen ollut hereillä viidestä asti.", "Lapset huutavat taas.",
        "Bussini on taas myöhässä.", "Hukkasin viime viikolla silmälasini asemalle.",
        "Veljeni osti vihreän sohvan.", "Puun alla istuu kolme kissaa.",
        "Tiedän, että kysyn liian usein.",
    ),
)  # fmt: skip
