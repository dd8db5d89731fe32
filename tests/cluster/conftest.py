"""A Ray cluster of two nodes on this machine."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
NODE = {"num_cpus": 2, "object_store_memory": 100_000_000}


def free_ports(count: int) -> list[int]:
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports


def new_node(cluster: Any) -> Any:
    names = ("metrics_agent_port", "dashboard_agent_listen_port", "metrics_export_port", "runtime_env_agent_port")
    return cluster.add_node(**NODE, include_dashboard=False, **dict(zip(names, free_ports(4), strict=True)))


@pytest.fixture(scope="session")
def cluster(graphs: None) -> Iterator[Any]:
    """The first node is the head; further ones are a test's own. Processes of Ray inherit this environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent / "unneeded"), str(ROOT)]))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_enable_metrics_collection", "0")
        patch.setenv("UNDERTONE_CPU_ENGINES", "1")
        import ray
        from ray.cluster_utils import Cluster

        cluster = Cluster()
        new_node(cluster)
        ray.init(address=cluster.address, log_to_driver=False)
        yield cluster
        ray.shutdown()
        cluster.shutdown()
