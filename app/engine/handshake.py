"""The words and exit statuses by which an engine and its supervisor talk over pipes, beside the messages."""

from __future__ import annotations

READY, RETIRE = b"ready ", b"retire\n"  # an engine writes READY and a digest of its models, and reads RETIRE
# Exit statuses of an engine, as in sysexits.h: its models or its device cannot be used (EX_CONFIG); its device can be
# used by a new process only (EX_TEMPFAIL).
EXIT_MODELS, EXIT_DEVICE = 78, 75
