"""Thai, as far as texts are split and joined; no model of this project reads it."""

from __future__ import annotations

from app.text.languages.profile import Profile

PROFILE = Profile(code="th", spaced=False)
