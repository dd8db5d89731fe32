"""The commands that operate the service: serve, reload, keys."""

from __future__ import annotations

import argparse
import os
import signal
import sys
from pathlib import Path

from app.api.keyfile import KeyFile, KeyFileError, add_key, reason_of
from app.api.keyfile import parse as parse_keys
from app.cli.local import WRONG_USAGE, CommandError, UsageError, settings_of
from app.settings import Settings

PIDS = range(1, 2**31)  # `kill` takes 0 and below for groups of processes, among them our own


def add(commands: argparse._SubParsersAction[argparse.ArgumentParser]) -> None:
    command = commands.add_parser("serve", help="start the web service")
    for name in (
        "host", "port", "http_workers", "models_dir", "sentiment_model", "translation_models", "device", "cpu_engines",
        "log_level",
    ):  # fmt: skip
        field = Settings.model_fields[name]
        command.add_argument(f"--{name.replace('_', '-')}", default=argparse.SUPPRESS, help=field.description)
    command.set_defaults(run=serve)

    command = commands.add_parser("reload", help="make a running service load the models that its folder contains now")
    command.add_argument(
        "pid", type=int, help="number of the process of `undertone serve`, which prints it at the start"
    )
    command.set_defaults(run=reload)

    command = commands.add_parser("keys", help="make and list API keys")
    actions = command.add_subparsers(required=True, metavar="ACTION")
    action = actions.add_parser("new", help="make a key; prints it once and stores its hash")
    action.add_argument("name", help="name of the key in logs, such as the application that will use it")
    action.add_argument("--limit", metavar="N/TIME", help="largest number of requests in a time, such as 600/minute")
    action.set_defaults(run=new_key)
    listing = actions.add_parser("list", help="list the names and limits of the keys")
    listing.set_defaults(run=list_keys)
    for one in (action, listing):
        one.add_argument("--file", type=Path, help="file with the hashes; default: UNDERTONE_API_KEYS_FILE")


def serve(options: argparse.Namespace) -> int:
    from app.cli.serve import is_exposed, serve
    from app.telemetry.tracing import TracingError, check

    settings = settings_of(options)
    reason = None
    if settings.api_keys_file is None and not settings.allow_anonymous and is_exposed(settings.host):
        reason = (
            f"others can reach {settings.host}, and there are no API keys. Make one with `undertone keys new NAME "
            "--file FILE` and set UNDERTONE_API_KEYS_FILE=FILE; or, where something in front keeps strangers out, "
            "set UNDERTONE_ALLOW_ANONYMOUS=true; or listen on 127.0.0.1."
        )
    if settings.glossary_dir is not None and not settings.glossary_dir.is_dir():
        reason = f"setting UNDERTONE_GLOSSARY_DIR: there is no folder {settings.glossary_dir}: make it, or name another"
    try:
        if settings.api_keys_file is not None:
            KeyFile(settings.api_keys_file)
        if settings.otlp_endpoint is not None:
            check()
    except (KeyFileError, TracingError) as error:
        reason = str(error)
    if reason is not None:
        print(f"undertone: {reason}", file=sys.stderr)
        return WRONG_USAGE
    return serve(settings)


def reload(options: argparse.Namespace) -> int:
    if options.pid not in PIDS:
        raise CommandError(f"cannot signal process {options.pid}: no such process")
    if not may_serve(options.pid):
        raise CommandError(f"process {options.pid} is no `undertone serve`, and the signal might end it")
    try:
        os.kill(options.pid, signal.SIGHUP)
    except OSError as error:
        raise CommandError(f"cannot signal process {options.pid}: {error.strerror}") from error
    return 0


def may_serve(pid: int) -> bool:
    """Whether a process is `undertone serve`, as far as the system tells its command."""
    try:
        command = Path(f"/proc/{pid}/cmdline").read_bytes().split(b"\0")
    except OSError:
        return True
    return b"serve" in command


def new_key(options: argparse.Namespace) -> int:
    file = key_file_of(options)
    try:
        key = add_key(file, options.name, options.limit)
    except (ValueError, OSError) as error:
        raise CommandError(f"{file}: {reason_of(error)}") from error
    print(key)
    print(f"undertone: its hash is in {file}; the key itself is kept nowhere and never shown again", file=sys.stderr)
    return 0


def list_keys(options: argparse.Namespace) -> int:
    file = key_file_of(options)
    try:
        keys = parse_keys(file.read_text("utf-8"))
    except (ValueError, OSError) as error:
        raise CommandError(f"{file}: {reason_of(error)}") from error
    for key in keys:
        print(f"{key.name}\t{key.limit or 'no limit'}\tsha256:{key.digest.hex()[:12]}...")
    return 0


def key_file_of(options: argparse.Namespace) -> Path:
    file: Path | None = options.file or settings_of(options).api_keys_file
    if file is None:
        raise UsageError("name the file of API keys: --file FILE, or UNDERTONE_API_KEYS_FILE")
    return file
