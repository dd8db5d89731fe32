"""The image, built once from the real Dockerfile; the compose stack with two replicas; a gateway before a stub."""

from __future__ import annotations

import os
import socket
import ssl
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.container.engine import COMPOSE, ENGINE, IMAGE, PROJECT, ROOT, compose, containers_of, engine, inspect, logs

HERE = Path(__file__).parent
READY_S = 180.0
BUILD_S = 3600.0


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if HERE in item.path.parents:
            item.add_marker("container")
            item.add_marker(pytest.mark.timeout(BUILD_S + 600))  # the first one waits for the build
            if ENGINE is None:
                item.add_marker(pytest.mark.skip("no container engine: neither docker nor podman answers"))
            elif COMPOSE is None and {"stack", "gateway"} & set(getattr(item, "fixturenames", ())):
                item.add_marker(pytest.mark.skip("no compose tool"))


@pytest.fixture(scope="session")
def image() -> str:
    """The image's name. UNDERTONE_TEST_IMAGE names one that is built already."""
    if built := os.environ.get("UNDERTONE_TEST_IMAGE"):
        return built
    engine("build", "-t", IMAGE, ".", timeout_s=BUILD_S)
    return IMAGE


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


def wait_for(what: str, done: Callable[[], bool], timeout_s: float = READY_S) -> None:
    deadline = time.monotonic() + timeout_s
    while not done():
        assert time.monotonic() < deadline, f"{what}: not within {timeout_s:.0f} seconds"
        time.sleep(0.5)


def is_ready(container: str) -> bool:
    """By the image's own health check, run by hand: not every machine has what runs it on a schedule."""
    if not inspect(container)["State"]["Running"]:
        raise AssertionError(f"{container} ended: {logs(container)}")
    return engine("exec", container, "python", "-c", READY, check=False) == "0"


READY = "import app.health; print(app.health.main())"


@pytest.fixture
def run(image: str) -> Iterator[Callable[..., str]]:
    """Runs a container of the image in the background, returns its name, and removes it in the end."""
    names: list[str] = []

    def start(*options: str, command: tuple[str, ...] = ()) -> str:
        name = f"{PROJECT}-single-{len(names)}"
        engine("rm", "-f", name, check=False)
        names.append(name)
        variables = ("-e", "UNDERTONE_CPU_ENGINES=1", "-e", "UNDERTONE_ALLOW_ANONYMOUS=true")
        engine("run", "-d", "--name", name, *variables, *options, image, *command)
        return name

    yield start
    for name in names:
        engine("rm", "-f", name, check=False)


@dataclass
class Stack:
    """The compose stack as its clients see it."""

    url: str
    plain_url: str
    environment: dict[str, str]

    def scale(self, replicas: int) -> None:
        compose(
            "up", "-d", "--no-build", "--no-recreate", "--scale", f"service={replicas}", environment=self.environment
        )
        wait_for(f"{replicas} replicas", lambda: len(containers_of("service")) == replicas)
        for name in containers_of("service"):
            wait_for(f"{name} is ready", lambda name=name: is_ready(name))  # type: ignore[misc]

    def client(self) -> httpx.Client:
        return httpx.Client(base_url=self.url, verify=False, timeout=60)


@pytest.fixture(scope="session")
def stack(image: str) -> Iterator[Stack]:
    https, plain = free_port(), free_port()
    environment = {
        "UNDERTONE_IMAGE": image,
        "UNDERTONE_CPU_ENGINES": "1",
        "GATEWAY_HTTPS_PORT": str(https),
        "GATEWAY_HTTP_PORT": str(plain),
        "GATEWAY_REQUESTS_PER_S": "10000",
        "GATEWAY_BURST": "10000",
        "GATEWAY_CONNECTIONS": "1000",
    }
    found = Stack(f"https://127.0.0.1:{https}", f"http://127.0.0.1:{plain}", environment)
    take_down(environment)
    try:
        compose("up", "-d", "--no-build", "--scale", "service=2", environment=environment, timeout_s=600)
        found.scale(2)
        with found.client() as client:
            wait_for("the gateway answers", lambda: answers(client))
        yield found
    finally:
        if os.environ.get("KEEP_STACK") is None:
            take_down(environment)


def take_down(environment: dict[str, str]) -> None:
    for name in (*containers_of("gateway"), *containers_of("service")):  # not every compose tool knows all replicas
        engine("rm", "-f", name, check=False)
    compose("down", environment=environment)


def answers(client: httpx.Client) -> bool:
    try:
        return client.get("/healthz/ready").status_code == 200
    except httpx.TransportError:
        return False


@pytest.fixture(scope="session")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a certificate of one's own for `gateway.test` and 127.0.0.1, tls.crt and tls.key."""
    folder = tmp_path_factory.mktemp("certificates")
    folder.chmod(0o755)
    script = (
        "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=gateway.test -addext subjectAltName=IP:127.0.0.1 "
        "-keyout /made/tls.key -out /made/tls.crt && chmod 644 /made/tls.key"
    )
    nginx = "docker.io/library/nginx:1.27"
    engine("run", "--rm", "-v", f"{folder}:/made", "--entrypoint", "/bin/sh", nginx, "-c", script)
    return folder


@pytest.fixture(scope="session")
def strict(image: str, certificate: Path) -> Iterator[Callable[..., httpx.Client]]:
    """Starts gateways with settings of one's own before the stub, on a network apart."""
    network, stub = f"{PROJECT}-strict", f"{PROJECT}-stub"
    names = [stub]
    for left in (stub, *(f"{PROJECT}-strict-{number}" for number in range(9))):
        engine("rm", "-f", left, check=False)
    engine("network", "rm", network, check=False)
    engine("network", "create", network)
    clients: list[httpx.Client] = []

    def start(**settings: str) -> httpx.Client:
        name, port = f"{PROJECT}-strict-{len(names)}", free_port()
        names.append(name)
        variables = [part for key, value in settings.items() for part in ("-e", f"GATEWAY_{key}={value}")]
        confined = ("--read-only", "--tmpfs", "/tmp", "--cap-drop", "ALL", "--user", "12345", "--network", network)
        mounts = ("-v", f"{ROOT}/deploy/nginx:/etc/undertone:ro", "-v", f"{certificate}:/certificates:ro")
        ports = ("-p", f"127.0.0.1:{port}:8443")
        command = ("--entrypoint", "/bin/sh", "docker.io/library/nginx:1.27", "/etc/undertone/start.sh")
        engine("run", "-d", "--name", name, *confined, *mounts, *ports, *variables, *command)
        client = httpx.Client(
            base_url=f"https://127.0.0.1:{port}", verify=trusting(certificate / "tls.crt"), timeout=30
        )
        clients.append(client)
        wait_for(f"{name} listens", lambda: listens(name, client), timeout_s=30)
        return client

    try:
        alias = ("--network", network, "--network-alias", "stub")
        mount = ("-v", f"{HERE}/stub.py:/stub.py:ro")
        engine("run", "-d", "--name", stub, *alias, *mount, "--entrypoint", "python", image, "/stub.py")
        yield start
    finally:
        for client in clients:
            client.close()
        for name in names:
            engine("rm", "-f", name, check=False)
        engine("network", "rm", network, check=False)


def trusting(certificate: Path) -> ssl.SSLContext:
    return ssl.create_default_context(cafile=str(certificate))


def listens(container: str, client: httpx.Client) -> bool:
    if not inspect(container)["State"]["Running"]:
        raise AssertionError(f"{container} ended: {logs(container)}")
    try:
        client.get("/.problem/")  # anything: it says 404, or 502, as soon as it says something
    except httpx.TransportError:
        return False
    return True
