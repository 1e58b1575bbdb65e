"""Finnish.

In the nominative (and the total object, which equals it after a numeral) the numeral is followed
by everything else in the partitive singular; in the other cases the numeral, the adjectives and
the noun all agree, in the singular. One object has no numeral; as a total object it stands in the
genitive. Templates with the existential "on" and with passives take the nominative.
"""

from __future__ import annotations

from unimr_jax.data.scenes.language import Language, Parts
from unimr_jax.data.scenes.parts import spaced
from unimr_jax.data.scenes.scene import Group

_CASES = ("nom", "gen", "par", "ela")

# word → forms in the order of _CASES
_NOUNS = {
    "circle": "ympyrä ympyrän ympyrää ympyrästä",
    "square": "neliö neliön neliötä neliöstä",
    "triangle": "kolmio kolmion kolmiota kolmiosta",
    "star": "tähti tähden tähteä tähdestä",
    "heart": "sydän sydämen sydäntä sydämestä",
    "moon": "kuu kuun kuuta kuusta",
    "cross": "risti ristin ristiä rististä",
    "flower": "kukka kukan kukkaa kukasta",
    "house": "talo talon taloa talosta",
    "tree": "puu puun puuta puusta",
}

_ADJECTIVES = {
    "small": "pieni pienen pientä pienestä",
    "big": "iso ison isoa isosta",
    "red": "punainen punaisen punaista punaisesta",
    "orange": "oranssi oranssin oranssia oranssista",
    "yellow": "keltainen keltaisen keltaista keltaisesta",
    "green": "vihreä vihreän vihreää vihreästä",
    "blue": "sininen sinisen sinistä sinisestä",
    "purple": "violetti violetin violettia violetista",
    "brown": "ruskea ruskean ruskeaa ruskeasta",
    "black": "musta mustan mustaa mustasta",
}

_NUMERALS = {
    2: "kaksi kahden kahta kahdesta",
    3: "kolme kolmen kolmea kolmesta",
    4: "neljä neljän neljää neljästä",
}


def _pick(forms: str, case: str) -> str:
    return forms.split()[_CASES.index(case)]


def _without_accusative(case: str, count: int) -> str:
    if case != "acc":
        return case
    return "gen" if count == 1 else "nom"


def noun_phrase(group: Group, case: str) -> Parts:
    """`case`: nom, acc (the total object), gen, par or ela."""
    case = _without_accusative(case, group.count)
    count = (_pick(_NUMERALS[group.count], case), "count") if group.count > 1 else None
    governed = "par" if count and case == "nom" else case
    size = (_pick(_ADJECTIVES[group.size], governed), "size") if group.size else None
    colour = (_pick(_ADJECTIVES[group.colour], governed), "colour")
    return spaced(count, size, colour, (_pick(_NOUNS[group.shape], governed), "object"))


LANGUAGE = Language(
    tag="fi",
    noun_phrase=noun_phrase,
    positions={
        "top_left": "ylhäällä vasemmalla",
        "top_right": "ylhäällä oikealla",
        "bottom_left": "alhaalla vasemmalla",
        "bottom_right": "alhaalla oikealla",
    },
    backgrounds={
        "white": "valkoisella taustalla",
        "grey": "harmaalla taustalla",
        "pink": "vaaleanpunaisella taustalla",
        "turquoise": "turkoosilla taustalla",
        "sand": "hiekanvärisellä taustalla",
    },
    times=(
        "eilen illalla",
        "toissapäivänä",
        "tänä aamuna",
        "viime viikolla",
        "viime kuussa",
        "viime vuonna",
        "viime kesänä",
        "viime tiistaina",
        "maanantaiaamuna",
        "kaksi viikkoa sitten",
        "kolme päivää sitten",
        "maaliskuun alussa",
        "viikonloppuna",
        "iltapäivällä",
        "ennen lomaa",
        "juhannusaattona",
    ),
    places=(
        "Pariisissa",
        "Turussa",
        "toimistolla",
        "koulussa",
        "junassa",
        "kahvilassa",
        "kirjastossa",
        "lentokentällä",
        "hotellissa",
        "museossa",
        "mummolassa",
        "mökillä",
        "torilla",
        "keittiössä",
        "rautatieasemalla",
    ),
    captions=(
        "{background} on {main.position} {main.nom} ja {other.position} {other.nom}.",
        "Kuvassa näkyy {main.position} {main.nom} ja {other.position} {other.nom} {background}.",
        "{main.position} {main.nom}, {other.position} {other.nom}, kaikki {background}.",
        "Piirros {background}: {main.nom} {main.position} ja {other.nom} {other.position}.",
        "Kuva esittää {background} {main.par} {main.position} ja {other.par} {other.position}.",
    ),
    description=(
        (
            "Piirroksessa kaikki on esitetty {background} hyvin pelkistetysti, ilman turhia "
            "yksityiskohtia.",
            "Kuvan aihe näkyy {background} huolellisesti ja kiirehtimättä piirrettynä.",
            "Edessämme on selkeä ja rauhallinen työ, jossa kaikki erottuu hyvin {background}.",
        ),
        (
            "{main.position} näkyy {main.nom}, ja katse pysähtyy heti siihen kohtaan.",
            "Taiteilija on piirtänyt {main.position} {main.acc}, ja ratkaisu toimii hyvin.",
            "Ennen kaikkea kuvasta huomaa {main.acc} {main.position}.",
        ),
        (
            "Sen sijaan {other.position} on {other.nom}.",
            "Lisäksi {other.position} voi nähdä {other.acc}.",
            "Tekijä on lisännyt {other.position} vielä {other.acc}.",
        ),
        (
            "Väliin jää runsaasti tyhjää tilaa, joten silmä saa levätä.",
            "Muu osa paperista on jätetty tyhjäksi, ja siksi kuva tuntuu kevyeltä.",
        ),
        (
            "Paperi on hieman karheaa ja reunoista rypistynyttä kuin vanhassa vihossa.",
            "Paperi on paksua ja sileää, samanlaista kuin hyvissä onnittelukorteissa.",
        ),
        (
            "Valo on pehmeä ja tasainen, eikä varjoja juuri erotu.",
            "Valo tuntuu tulevan ikkunasta hiljaisena ja pilvisenä aamuna.",
        ),
        (
            "Tunnelma on levollinen ja ehkä hiukan haaveileva.",
            "Koko työstä tulee mieleen lapsuus ja kiireettömät kesäpäivät.",
        ),
        (
            "Tällaisen kuvan voisi lähettää hyvälle ystävälle tai ripustaa kirjoituspöydän ylle.",
            "Sitä tekee mieli katsella pitkään ajattelematta mitään tärkeää.",
        ),
    ),
    frames={
        "find_image": (
            "etsi kuva, jossa on {main.position} {main.nom} ja {other.position} {other.nom}.",
            "näytä piirros, jossa on {main.nom} ja {other.nom} {background}.",
            "missä on se kuva, jossa on {background} {main.nom} {main.position} ja {other.nom} "
            "{other.position}?",
            "haluan nähdä kuvan, jonka tallensin {time} ja jossa on {main.nom} ja "
            "{other.position} {other.nom}.",
            "löydätkö kuvan, jossa {background} on {other.gen} vieressä {main.nom}?",
            "hae se {place} tehty piirros, jossa on {main.nom} {main.position} ja {other.nom} "
            "{other.position}.",
        ),
        "find_note": (
            "etsi muistiinpano, joka kertoo {main.ela} ja {other.ela} {background}.",
            "mitä kirjoitin {time} kuvasta, jossa {background} on {main.nom} ja {other.position} "
            "{other.nom}?",
            "missä on muistiinpano, jonka mukaan {main.position} on {main.nom} ja "
            "{other.position} {other.nom}?",
            "hae teksti, jossa kuvaillaan {main.par} {main.position} ja {other.par} "
            "{other.position}.",
            "näytä se {place} kirjoittamani muistiinpano, jossa mainitaan {main.position} "
            "{main.nom} ja {other.position} {other.nom}.",
            "tarvitsen sen muistiinpanon, jossa puhutaan {main.ela} ja {other.ela} {background}.",
        ),
        "count": (
            "montako kuviota on kuvassa, jossa on {main.nom} ja {other.nom} {background}?",
            "laske, kuinka monta esinettä on piirroksessa, jossa on {main.position} {main.nom} ja "
            "{other.position} {other.nom}.",
            "montako sellaista kuvaa minulla on, jossa on {background} {main.nom} ja "
            "{other.position} {other.nom}?",
            "kuinka monta kuviota on {time} saamassani kuvassa, jossa on {main.position} "
            "{main.nom} ja {other.position} {other.nom}?",
            "kerro, montako esinettä kaikkiaan näkyy kuvassa, joka esittää {background} "
            "{main.par} ja {other.par}.",
        ),
        "compare": (
            "vertaa kuvaa, jossa on {main.nom} ja {other.nom} {background}, edelliseen.",
            "miten piirros, jossa on {main.position} {main.nom} ja {other.position} {other.nom}, "
            "eroaa muista?",
            "vertaa kuvaa, jossa on {background} {main.nom} ja {other.position} {other.nom}, "
            "siihen, jonka näimme {time}.",
            "mitä yhteistä on kuvalla, jossa on {main.position} {main.nom} ja lisäksi "
            "{other.nom}, ja sillä, jonka löysimme {place}?",
            "mitä eroa on viimeksi tallennetulla kuvalla ja sillä, jossa on {main.position} "
            "{main.nom} ja {other.position} {other.nom}?",
        ),
        "open": (
            "avaa kuva, jossa on {background} {main.nom} ja {other.nom}.",
            "avaa se {time} {place} kirjoittamani muistiinpano, joka kertoo {main.ela} "
            "{main.position} ja {other.ela} {other.position}.",
            "näytä koko ruudulla piirros, jossa on {main.position} {main.nom} ja {other.position} "
            "{other.nom}.",
            "voisitko avata kuvan, jossa on {background} {main.nom} {main.position} ja "
            "{other.nom} {other.position}?",
            "haluan lukea uudelleen, mitä kirjoitin {main.ela} ja {other.ela} {background}, avaa "
            "se teksti.",
        ),
        "share": (
            "lähetä Annalle kuva, jossa on {main.nom} ja {other.position} {other.nom}.",
            "jaa työkavereille piirros, jossa on {main.position} {main.nom} ja {other.position} "
            "{other.nom}.",
            "lähetä äidille kuva, jossa on {background} {main.position} {main.nom} ja "
            "{other.position} {other.nom}.",
            "laita ryhmään se {time} kirjoittamani muistiinpano, joka kertoo {main.ela} ja "
            "{other.ela} {background}.",
            "voisitko lähettää siskolleni sen {place} tallennetun kuvan, jossa {background} on "
            "{main.position} {main.nom} ja lisäksi {other.nom}?",
        ),
        "delete": (
            "poista kuva, jossa on {main.position} {main.nom} ja lisäksi {other.nom}.",
            "poista muistiinpano, joka kertoo {main.ela} ja {other.ela} {background}, sitä ei "
            "enää tarvita.",
            "poista galleriasta piirros, jossa on {background} {main.nom} {main.position} ja "
            "{other.nom} {other.position}.",
            "hävitä se {time} ladattu kuva, jossa on {main.position} {main.nom} ja "
            "{other.position} {other.nom}.",
            "voitko poistaa sen {place} kirjoitetun muistiinpanon, joka kertoo {main.ela} "
            "{main.position} ja {other.ela} {other.position}?",
        ),
        "remind": (
            "muistuta minua kuvasta, jossa on {main.nom} ja {other.nom} {background}.",
            "muistuta minua katsomaan myöhemmin piirrosta, jossa on {main.position} {main.nom} ja "
            "{other.position} {other.nom}.",
            "aseta muistutus muistiinpanosta, joka kertoo {main.ela} ja {other.ela} {background}.",
            "älä anna minun unohtaa kuvaa, jossa on {background} {main.nom} {main.position} ja "
            "{other.nom} {other.position}.",
            "muistuta minua palaamaan siihen {place} kirjoitettuun muistiinpanoon, jonka mukaan "
            "{main.position} on {main.nom} ja {other.position} {other.nom}.",
        ),
    },
    distractors=(
        "Ei kuitenkaan sitä kuvaa, jossa on {distractor.nom}.",
        "En tarkoita piirrosta, jossa on {distractor.nom}.",
        "En tarvitse muistiinpanoa {distractor.ela}.",
        "Kyse ei ole {distractor.ela}.",
        "Älä sekoita sitä kuvaan, joka esittää {distractor.par}.",
        "Jätä pois kaikki, mikä kertoo {distractor.ela}.",
        "mutta ilman {distractor.par}",
    ),
    openers=(
        "Hei!",
        "Huomenta!",
        "Kuule.",
        "Hetkinen vain.",
        "Anteeksi, että häiritsen.",
        "Olisitko kiltti ja auttaisit.",
        "Öö, miten sen nyt sanoisi.",
        "Minulla olisi pieni pyyntö.",
        "Haloo, kuuluuko ääneni?",
        "No niin, kokeillaan.",
        "hei,",
        "tota noin,",
    ),
    chatter=(
        "Tänään sataa taas kaatamalla.",
        "Tulin juuri töistä ja olen aivan poikki.",
        "Yläkerran naapurit remontoivat taas.",
        "Kahvi ehti jäähtyä, pitää keittää uutta.",
        "Puhelimesta taitaa kohta loppua akku.",
        "Katsoimme eilen sarjaa myöhään yöhön.",
        "Lapsi nukahti vihdoin, siksi puhun hiljaa.",
        "Odota, joku soittaa ovikelloa.",
        "Pitäisi vielä käydä kaupassa.",
        "Täällä on huono kenttä, kysy uudestaan, jos et kuule.",
        "Veljeni osti Tampereelta punaisen auton.",
        "Pöydällä on kaksi vihreää omenaa, ja katselen niitä koko ajan.",
        "Istutimme lauantaina koulun eteen kolme puuta.",
        "Kissa rikkoi keittiössä mustan kupin.",
        "Tyttärellä on tänään keltainen mekko, jossa on tähtiä.",
        "Toimiston seinät maalattiin viime viikolla sinisiksi.",
        "Mummolla on neljä lastenlasta, ja kaikki haluavat jäätelöä.",
        "Unohdin pienen sateenvarjoni bussiin.",
    ),
    closers=(
        "Kiitos!",
        "Kiitos jo etukäteen.",
        "Olisin todella kiitollinen.",
        "Siinä kaikki.",
        "Jos vain ehdit, niin pian.",
        "Ei mitään kiirettä.",
        "Siitä olisi iso apu.",
        "Kiitos vaivannäöstä.",
        "Selvä, minä odotan.",
        "Palataan asiaan.",
        "kiitos",
        "jos ehdit",
    ),
)
