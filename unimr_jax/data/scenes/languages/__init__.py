"""The languages in which scenes can be told, by tag."""

from __future__ import annotations

from unimr_jax.data.scenes.language import Language
from unimr_jax.data.scenes.languages import ar, de, en, es, fi, fr, hi, ja, ko, ru, tr, zh

LANGUAGES: dict[str, Language] = {
    "en": en.LANGUAGE,
    "de": de.LANGUAGE,
    "fr": fr.LANGUAGE,
    "es": es.LANGUAGE,
    "ru": ru.LANGUAGE,
    "ar": ar.LANGUAGE,
    "hi": hi.LANGUAGE,
    "tr": tr.LANGUAGE,
    "fi": fi.LANGUAGE,
    "zh": zh.LANGUAGE,
    "ja": ja.LANGUAGE,
    "ko": ko.LANGUAGE,
}
