"""The simulation behind the capacity plan."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.cluster import Cluster, Costs, Plan, needed

COSTS = Costs(http_s=0.001, engine_s=0.004)  # two engines: 500 requests a second at most
CALM = Plan(mean_life_s=1e9, burst=1.0, length_s=120.0)


def test_a_steady_load_is_answered_at_once() -> None:
    result = Cluster(COSTS, CALM, rate=100).run()
    assert result.events["requests"] == pytest.approx(12_000, rel=0.05)
    assert result.events["refusals"] == result.events["given up"] == 0
    assert result.quantile(0.5) == pytest.approx(0.005, abs=0.0001)  # both processes, and no wait
    assert (result.fewest, result.most) == (2, 2)
    assert result.container_s == pytest.approx(2 * 120)


def test_a_burst_gets_more_containers_and_is_refused_until_they_are_there() -> None:
    costs = Costs(http_s=0.01, engine_s=0.04)  # 50 requests a second
    plan = replace(CALM, busy=0.5, burst=8.0, burst_from_s=30.0, burst_to_s=150.0, length_s=160.0)
    result = Cluster(costs, plan, rate=30).run()
    assert result.fewest == needed(costs, plan, 30) == 2
    assert result.most >= needed(costs, plan, 8 * 30) == 10
    assert result.events["refusals"] > 0
    assert result.quantile(0.999) < 30
    slow = Cluster(costs, replace(plan, start_s=90.0), rate=30).run()
    assert slow.events["refusals"] > result.events["refusals"]


def test_a_failing_container_loses_nothing() -> None:
    plan = replace(CALM, least=4, mean_life_s=60.0, start_s=5.0)
    result = Cluster(COSTS, plan, rate=100).run()
    assert result.events["containers failed"] > 2
    assert result.events["sent to another container"] > 0
    assert result.fewest < result.most
    assert result.events["given up"] == 0
    in_work = 20
    assert len(result.waits_s) > result.events["requests"] - in_work


def test_no_more_is_answered_than_the_processes_can() -> None:
    plan = replace(CALM, least=1, attempts=1, busy=1e9)  # never another container
    result = Cluster(Costs(http_s=0.01, engine_s=0.04), plan, rate=100).run()
    assert len(result.waits_s) == pytest.approx(50 * 120, rel=0.03)
    assert result.quantile(0.99) < plan.longest_wait_s + 0.1
