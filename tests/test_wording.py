"""The catalogues of the languages: same keys, same placeholders, and numbers as each language writes them."""

from __future__ import annotations

from string import Formatter

import pytest

from kam_expert.rulebook.book import Rulebook
from kam_expert.wording import languages, wording


def placeholders(language: str, key: str) -> set[str]:
    template = wording(language)._phrases[key]
    return {name for _, name, _, _ in Formatter().parse(template) if name}


def test_same_keys_and_placeholders() -> None:
    assert languages() == ("en", "zh")
    assert wording("en").keys == wording("zh").keys
    differing = [key for key in wording("en").keys if placeholders("en", key) != placeholders("zh", key)]
    assert differing == []


@pytest.mark.parametrize(
    ("value", "unit", "currency", "english", "chinese"),
    [
        (4_200_000, "money", "CNY", "CNY 4.2 million", "420 万元"),
        (130_000_000, "money", "CNY", "CNY 130 million", "1.3 亿元"),
        (8_600, "money", "CNY", "CNY 8,600", "8600 元"),
        (-2_500_000, "money", "USD", "USD −2.5 million", "−250 万美元"),
        (82, "percent", "CNY", "82%", "82%"),
        (-3.04, "points", "CNY", "−3 percentage points", "−3 个百分点"),
        (5, "months", "CNY", "5 months", "5 个月"),
        (1, "months", "CNY", "1 month", "1 个月"),
        (4, "rating", "CNY", "4 of 5", "4（1～5）"),
    ],
)
def test_quantities(value: float, unit: str, currency: str, english: str, chinese: str, book: Rulebook) -> None:
    assert wording("en").quantity(value, unit, book, currency) == english
    assert wording("zh").quantity(value, unit, book, currency) == chinese


def test_every_text_of_the_book_is_in_both_languages(book: Rulebook) -> None:
    """Pydantic demands both; this demands that Chinese is Chinese, with Chinese punctuation."""
    wrong = []
    for rule in book.rules:
        for text in (rule.entry.title, rule.entry.because, rule.entry.caution):
            if text is not None and (not _chinese(text.zh) or any(mark in text.zh for mark in ",;:?!")):
                wrong.append((rule.id, text.zh))
            if text is not None and _chinese(text.en):
                wrong.append((rule.id, text.en))
    assert wrong == []


def _chinese(text: str) -> bool:
    return any("\u4e00" <= character <= "\u9fff" for character in text)
