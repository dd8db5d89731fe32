"""What a client takes, by the weights of its header fields Accept and Accept-Encoding (RFC 9110, section 12.5)."""

from __future__ import annotations

import re
from functools import lru_cache

WEIGHT = re.compile(r"\s*q\s*=\s*(1(?:\.0*)?|0(?:\.[0-9]*)?|\.[0-9]+)\s*", re.ASCII | re.IGNORECASE)


def weights(field: bytes) -> dict[str, float]:
    """What a field names, in lower case and in its order, with the weight of each: 1 where it has no valid one."""
    found: dict[str, float] = {}
    for item in field.decode("latin-1").lower().split(","):
        name, *parameters = item.split(";")
        given = next((match[1] for one in parameters if (match := WEIGHT.fullmatch(one))), "1")
        if name := name.strip():
            found.setdefault(name, float(given))
    return found


@lru_cache(maxsize=64)
def media_type_for(accept: bytes, offers: tuple[str, ...]) -> str | None:
    """The media type, of those that a route offers, that a client takes, None where it takes none. Of several it is the
    one with the highest weight, then the one that is named, rather than meant by `*`, then the one that is named
    first."""
    wanted = weights(accept)
    if not wanted:  # an empty field says nothing
        return offers[0]
    best, best_rank = None, (0.0, 0, 0)
    for place, offer in enumerate(offers):
        ranges = (offer, f"{offer.partition('/')[0]}/*", "*/*", "*")
        exactness, named = next(((-n, one) for n, one in enumerate(ranges) if one in wanted), (0, None))
        if named is None or not wanted[named]:
            continue
        first = list(wanted).index(named) if named == offer else place
        rank = (wanted[named], exactness, -first)
        if best is None or rank > best_rank:
            best, best_rank = offer, rank
    return best


@lru_cache(maxsize=64)
def coding_for(accept_encoding: bytes, offers: tuple[str, ...]) -> str | None:
    """The content coding, of those offered, that a client likes best, of equals the first. None where it takes none, or
    would rather have the answer as it is."""
    wanted = weights(accept_encoding)
    usual = wanted.get("*", 0.0)
    best = max(offers, key=lambda offer: wanted.get(offer, usual))
    weight = wanted.get(best, usual)
    return best if weight and weight >= wanted.get("identity", 0.0) else None
