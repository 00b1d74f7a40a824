"""What is typed and what is sold, cut into the same small pieces.

Text is folded first: full-width and half-width forms (Unicode NFKC), upper and lower case, accents, and
pairs like 臺/台 become one. What is left are *words*, parted by white space, punctuation and control
characters. Chinese has no gaps between its words, so a word is cut into pieces: every two neighbouring
characters, and within Latin, Greek or Cyrillic letters and digits every three, because two letters say
too little. Any part of a word, from two characters on, is then found by its own pieces; a single
character is found in names, options, categories and codes.

That all pieces are there does not prove that the words are: 茶葉 and 葉蛋 on the same product are also
found by 茶葉蛋. From three characters on that is rare, and cheaper than keeping positions.
"""

from __future__ import annotations

import functools
import itertools
import unicodedata
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

EDITION = 1
"""Counts the changes to these rules: what was listed by an older edition is listed again."""
LONGEST_QUERY = 200
"""Characters of typed text that are looked at."""
_MOST_TERMS = 40
_MOST_LEXEMES = 20_000  # per product, far below the 1 MB that a tsvector may take
_KEY_LENGTH = 100
_FORGIVEN = range(5, 21)  # letters of a word in which one mistake is forgiven

_PAIRS = (
    "臺台 裏裡 麪麵 麫麵 麺麵 峯峰 羣群 溼濕 鷄雞 鶏雞 菸煙 烟煙 衞衛 恒恆 喫吃 牀床 綫線 "
    "啓啟 豔艷 祕秘 僞偽 爲為 眞真 盃杯 糉粽 猫貓 葱蔥 姜薑 荳豆 餠餅 鹵滷 卤滷 凉涼 闆板 "
    "週周 佔占 傢家 脣唇 託托 迴回 捲卷 竈灶 粧妝 厨廚 巖岩 泪淚 污汙 鍊煉 鏈煉 錶表 糧粮 "
    "氷冰 塩鹽 盐鹽 醤醬 酱醬 樱櫻 桜櫻 芦蘆 蓆席 菓果 曬晒"
)
_VARIANTS = str.maketrans({pair[0]: pair[1] for pair in _PAIRS.split()})
_ACCENTS = dict.fromkeys(range(0x300, 0x370))
_LETTER, _SIGN, _GAP, _NOTHING = range(4)


@dataclass(frozen=True)
class Wanted:
    """Typed words, ready to be asked for. All but `key` and `pieces` are texts of a tsquery: the words stand
    anywhere, in the name, or anywhere but not all in the name."""

    key: str
    anywhere: str
    names: str
    elsewhere: str
    forgiving: str | None
    pieces: tuple[str, ...]


@dataclass(frozen=True)
class Texts:
    """What is known of a product in words. `labels` are its category, options and codes."""

    name: str
    labels: tuple[str, ...]
    description: str


def fold(text: str) -> str:
    """The text with width, case, accents and variant characters made one; folding twice changes nothing."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = unicodedata.normalize("NFD", text).translate(_ACCENTS)
    return unicodedata.normalize("NFKC", text).casefold().translate(_VARIANTS)


def words(text: str) -> list[str]:
    """The folded words of a text, in order."""
    kept = (c if _kind(c) in (_LETTER, _SIGN) else " " for c in fold(text) if _kind(c) != _NOTHING)
    return "".join(kept).split()


def name_key(text: str) -> str:
    """A name by which to find it however its gaps and marks were typed."""
    return "".join(words(text))[:_KEY_LENGTH]


def pieces(text: str, *, single: bool = True) -> Iterator[str]:
    """Every piece by which a part of the text may be asked for; `single` says whether one character may."""
    for word in words(text):
        for run in _runs(word):
            if single and (len(run) == 1 or not _is_letters(run)):
                yield from run
            if _is_letters(run):
                yield from _neighbours(run, 3)
        yield from _neighbours(word, 2)


def lexemes(texts: Texts) -> list[str]:
    """The lexemes under which a product is listed, each once, the important ones first."""
    found = itertools.chain(
        (f"={piece}" for piece in pieces(texts.name)),
        (f"~{near}" for word in words(texts.name) for near in _misspellings(word)),
        *(pieces(text) for text in (texts.name, *texts.labels)),
        pieces(texts.description, single=False),
    )
    return list(itertools.islice(dict.fromkeys(found), _MOST_LEXEMES))


def vector(texts: Texts, category_id: int) -> str:
    """The lexemes of a product and of its category as the text of a tsvector."""
    return " ".join(map(_quoted, [f"@{category_id}", *lexemes(texts)]))


def within(match: str, category_id: int) -> str:
    """What a tsquery matches, of one category only."""
    return f"{_quoted(f'@{category_id}')} & ({match})"


def wanted(typed: str) -> Wanted | None:
    """What to ask for, or None when nothing of what was typed can be looked for."""
    typed = typed[:LONGEST_QUERY]
    asked = words(typed)
    if not asked:
        return None
    terms = [list(_terms(word)) for word in asked]
    flat = list(dict.fromkeys(itertools.chain(*terms)))[:_MOST_TERMS]
    names = _all(f"={term}" for term in flat)
    forgiving = None
    if any(_misspellings(word) for word in asked):
        parts = [
            " | ".join([f"({_all(own)})", *(_quoted(f"~{near}") for near in _misspellings(word))])
            for word, own in zip(asked, terms, strict=True)
        ]
        forgiving = " & ".join(f"({part})" for part in parts[:_MOST_TERMS])
    return Wanted(
        key="".join(asked)[:_KEY_LENGTH],
        anywhere=_all(flat),
        names=names,
        elsewhere=f"{_all(flat)} & !({names})",
        forgiving=forgiving,
        pieces=tuple(dict.fromkeys(pieces(typed)))[:_MOST_TERMS],
    )


def _terms(word: str) -> Iterator[str]:
    """The fewest pieces that stand for a typed word."""
    if len(word) == 1:
        yield word
    for pair in _neighbours(word, 2):
        if not _is_letters(pair):
            yield pair
    for run in _runs(word):
        if _is_letters(run) and len(run) > 1:
            size = min(3, len(run))
            yield from (run[i : i + size] for i in range(0, len(run) - size, 2))
            yield run[-size:]


def _misspellings(word: str) -> list[str]:
    """A word and what is left of it without one of its letters: two words that share one of these are a
    letter too many, too few, wrong or swapped apart."""
    if len(word) not in _FORGIVEN or not _is_letters(word) or not any(c.isalpha() for c in word):
        return []
    return list(dict.fromkeys([word, *(word[:i] + word[i + 1 :] for i in range(len(word)))]))


def _neighbours(text: str, size: int) -> Iterator[str]:
    return (text[i : i + size] for i in range(len(text) - size + 1))


def _runs(word: str) -> Iterator[str]:
    return ("".join(run) for _, run in itertools.groupby(word, _kind))


def _is_letters(text: str) -> bool:
    return all(_kind(c) == _LETTER for c in text)


@functools.cache
def _kind(char: str) -> int:
    """What a folded character is: a letter or digit of an alphabet, any other sign, a gap or nothing."""
    category = unicodedata.category(char)
    if category == "Cf" or "\ufe00" <= char <= "\ufe0f":
        return _NOTHING  # joiners, directions, and whether an emoji is drawn in colour
    if category[0] in "ZCP" or category in ("Sm", "Sc", "Sk") or char == "\ufffd":
        return _GAP
    return _LETTER if char < "\u0590" and category[0] in "LN" else _SIGN


def _all(terms: Iterable[str]) -> str:
    return " & ".join(map(_quoted, terms))


def _quoted(lexeme: str) -> str:
    return "'" + lexeme.replace("\\", "\\\\").replace("'", "''") + "'"
