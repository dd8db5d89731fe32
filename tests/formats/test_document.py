from __future__ import annotations

import pytest

from app.formats import FormatError, parse


def test_an_unknown_format_names_those_there_are():
    with pytest.raises(FormatError, match=r"'docx'.*html.*markdown"):
        parse("Good night", "docx")
