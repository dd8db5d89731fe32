"""How a translation is searched for, as a request may ask. Plain data that travels from the schema of a request to the
beam search; knows no library.

A rule of the search that a request may set is a field here, a field of the schema, and its code in the search
(`app/runtime/beam_search.py`).
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace


@dataclass(slots=True, frozen=True)
class DecodeOptions:
    """`beam` is the number of hypotheses that are open at a time; 1 is greedy search."""

    beam: int = 1

    def changed_by(self, request: object) -> DecodeOptions:
        """These options, each replaced by the attribute of the same name of a request that sets it (is not None)."""
        asked = {field.name: getattr(request, field.name, None) for field in fields(self)}
        return replace(self, **{name: value for name, value in asked.items() if value is not None})


GREEDY = DecodeOptions()
