"""A Ray cluster of two nodes on this machine."""

from __future__ import annotations

import inspect
import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]


def free_ports(count: int) -> list[int]:
    servers = [socket.create_server(("127.0.0.1", 0)) for _ in range(count)]
    ports = [server.getsockname()[1] for server in servers]
    for server in servers:
        server.close()
    return ports


def new_node(cluster: Any) -> Any:
    (port,) = free_ports(1)
    return cluster.add_node(
        num_cpus=2, object_store_memory=100_000_000, include_dashboard=False, runtime_env_agent_port=port
    )


def without_agents(patch: pytest.MonkeyPatch) -> None:
    """Start nodes without the dashboard's agents. A node waits for these for 15 seconds and fails then, which on a busy
    machine is too short; so the files of their ports say from the beginning that there are none."""
    from ray._private import services, utils

    start = services.start_raylet

    def start_raylet(*arguments: Any, **options: Any) -> Any:
        given = inspect.signature(start).bind(*arguments, **options).arguments
        for name in ("metrics_agent_port", "metrics_export_port", "dashboard_agent_listen_port"):
            Path(given["session_dir"], f"{name}_{given['node_id']}").write_text("-1")
        return start(*arguments, **options)

    patch.setattr(utils, "get_dashboard_dependency_error", lambda: ImportError("not needed"))
    patch.setattr(services, "start_raylet", start_raylet)


@pytest.fixture(scope="session")
def cluster(graphs: None) -> Iterator[Any]:
    """The first node is the head; further ones are a test's own. Processes of Ray inherit this environment."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join([str(Path(__file__).parent / "unneeded"), str(ROOT)]))
        patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
        patch.setenv("RAY_enable_metrics_collection", "0")
        patch.setenv("RAY_enable_worker_prestart", "0")
        patch.setenv("RAY_worker_niceness", "0")
        patch.setenv("RAY_raylet_start_wait_time_s", "120")
        patch.setenv("RAY_agent_register_timeout_ms", "120000")
        patch.setenv("UNDERTONE_CPU_ENGINES", "1")
        import ray
        from ray.cluster_utils import Cluster

        without_agents(patch)

        cluster = Cluster()
        new_node(cluster)
        ray.init(address=cluster.address, log_to_driver=False)
        yield cluster
        ray.shutdown()
        cluster.shutdown()
