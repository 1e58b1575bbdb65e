"""The languages that queries can be written in, by BCP-47 tag."""

from __future__ import annotations

from unimr_jax.data.queries.language import Language
from unimr_jax.data.queries.languages import ar, de, en, es, fi, fr, hi, it, ja, ko, pt, ru, tr, zh

LANGUAGES: dict[str, Language] = {
    module.LANGUAGE.tag: module.LANGUAGE
    for module in (ar, de, en, es, fi, fr, hi, it, ja, ko, pt, ru, tr, zh)
}
