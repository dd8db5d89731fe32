from __future__ import annotations

from dataclasses import fields

from app.api.schemas import TranslateOptions
from app.text.decode_options import DecodeOptions


def test_a_request_changes_what_it_sets() -> None:
    defaults = DecodeOptions(beam=4)
    assert defaults.changed_by(TranslateOptions(target="de", beam=2)) == DecodeOptions(beam=2)
    assert defaults.changed_by(TranslateOptions(target="de")) == defaults
    assert defaults.changed_by(None) == defaults


def test_a_request_can_set_every_option() -> None:
    assert {field.name for field in fields(DecodeOptions)} <= TranslateOptions.model_fields.keys()
