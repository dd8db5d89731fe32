"""Process families: real processes, found and ended."""

from __future__ import annotations

import subprocess
import sys

from benchmarks.processes import Family

PARENT = """
import subprocess, sys, time
while time.process_time() < 0.05: pass  # it is counted in hundredths of a second
child = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"], start_new_session=True)
print(child.pid, flush=True)
child.wait()
"""


def test_a_family_is_found_weighed_and_ended_also_in_sessions_of_its_own() -> None:
    with subprocess.Popen([sys.executable, "-c", PARENT], stdout=subprocess.PIPE, text=True) as parent:
        assert parent.stdout is not None
        child = int(parent.stdout.readline())
        family = Family(parent.pid)
        assert {one.pid for one in family.members()} == {parent.pid, child}
        assert family.cpu_s() > 0
        memory = family.memory()
        assert memory.processes == 2
        assert 0 < memory.pss_mib <= memory.rss_mib
        family.stop(parent.pid, grace_s=0.2)  # the parent obeys, the child knows of nothing
        parent.wait()
    assert family.members() == []


def test_a_process_that_is_gone_has_no_family() -> None:
    ended = subprocess.Popen([sys.executable, "-c", ""])
    ended.wait()
    assert Family(ended.pid).members() == []
