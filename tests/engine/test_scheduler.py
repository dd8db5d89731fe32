from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from app.engine.messages import Classify, Translate
from app.engine.scheduler import SENTENCE_COST, Job, Scheduler
from app.text.decode_options import DecodeOptions


def classify(number: int, length: int, *, alone: bool = False, model: str = "m") -> Job:
    return Job(b"client", Classify(number, model, [1] * length, alone))


def translate(number: int, length: int, beam: int, text: int = 0) -> Job:
    return Job(b"client", Translate(number, "t", [1] * length, 9, DecodeOptions(beam), text=text))


def others(count: int) -> list[Job]:
    return [translate(-1 - number, 20, 4) for number in range(count)]


def ids(batch: list[Job]) -> list[int]:
    return [job.request.id for job in batch]


def test_the_oldest_leads_and_the_nearest_in_length_join() -> None:
    scheduler = Scheduler(max_batch_tokens=60)
    for number, length in enumerate([20, 100, 21, 35, 19]):
        scheduler.add(classify(number, length))
    assert ids(scheduler.take()) == [0, 2]  # of two as near the older; with both it were 63 padded tokens
    assert ids(scheduler.take()) == [1]  # over the budget, but one always fits
    assert ids(scheduler.take()) == [3]
    assert ids(scheduler.take()) == [4]


def test_padding_must_not_cost_more_than_a_batch_of_its_own() -> None:
    scheduler = Scheduler(max_batch_tokens=10_000)
    for number, length in enumerate([30, 40, 46, 20, 23, 60]):
        scheduler.add(classify(number, length))
    assert ids(scheduler.take()) == [0, 4]  # 40 would pad two texts by 10 tokens each
    assert ids(scheduler.take()) == [1, 2]
    assert ids(scheduler.take()) == [3]
    assert ids(scheduler.take()) == [5]
    assert scheduler.take() == []


def test_there_is_no_overtaking_where_room_is_short() -> None:
    scheduler = Scheduler(1000)
    for job in (translate(0, 5, 4), translate(1, 5, 4), translate(2, 5, 1)):
        scheduler.add(job)
    assert ids(scheduler.remove(scheduler.next_batch(5, always_one=True))) == [0]
    assert scheduler.next_batch(3, always_one=False) == []  # the oldest waits for room, so nobody passes it for ever
    assert ids(scheduler.next_batch(3, always_one=True)) == [1]  # nothing else runs, so it may exceed the rows


def test_jobs_that_are_put_back_are_first_again() -> None:
    scheduler = Scheduler(1000)
    for number in range(4):
        scheduler.add(classify(number, 5 * number + 100 * number))
    taken = scheduler.take() + scheduler.take()
    scheduler.add_first(taken)
    assert list(scheduler.waiting) == [(b"client", number) for number in range(4)]


def test_models_and_beams_do_not_mix() -> None:
    scheduler = Scheduler(1000)
    jobs = [classify(0, 5), classify(1, 5, model="m2"), translate(2, 5, 1), translate(3, 5, 4), translate(4, 5, 4)]
    for job in jobs:
        scheduler.add(job)
    assert [ids(scheduler.take()) for _ in range(4)] == [[0], [1], [2], [3, 4]]


def test_a_beam_counts_as_rows() -> None:
    scheduler = Scheduler(80)
    for number in range(3):
        scheduler.add(translate(number, 10, beam=4))
    assert ids(scheduler.take()) == [0, 1]


def test_a_request_that_must_run_alone_shares_no_batch() -> None:
    scheduler = Scheduler(1000)
    for job in (classify(0, 5), classify(1, 5, alone=True), classify(2, 5)):
        scheduler.add(job)
    assert [ids(scheduler.take()) for _ in range(2)] == [[0, 2], [1]]


def test_cancelled_is_gone() -> None:
    scheduler = Scheduler(1000)
    scheduler.add(classify(0, 5))
    assert not scheduler.cancel((b"another", 0))
    assert len(scheduler) == 1
    assert scheduler.cancel((b"client", 0))
    assert len(scheduler) == 0
    assert not scheduler.cancel((b"client", 0))


@given(
    st.lists(st.tuples(st.integers(1, 300), st.sampled_from([1, 4])), max_size=60),
    st.integers(1, 2000),
)
def test_nobody_starves_and_the_budget_holds(requests: list[tuple[int, int]], budget: int) -> None:
    """Each batch takes the oldest, so `n` batches answer `n` requests, whatever comes in meanwhile."""
    scheduler = Scheduler(budget)
    waiting: list[int] = []
    done: set[int] = set()
    for number, (length, beam) in enumerate(requests):
        scheduler.add(translate(number, length, beam))
        waiting.append(number)
        if number % 3 == 2:
            oldest = next(n for n in waiting if n not in done)
            batch = scheduler.take()
            assert batch[0].request.id == oldest
            done |= set(ids(batch))
            padded = sum(job.rows for job in batch) * max(job.length for job in batch)
            assert len(batch) == 1 or padded <= budget
    while batch := scheduler.take():
        assert not done & set(ids(batch))
        done |= set(ids(batch))
    assert done == set(waiting)


def test_a_sentence_never_waits_where_none_is_in_flight() -> None:
    scheduler = Scheduler(1000, SENTENCE_COST)
    for number in range(20):
        scheduler.add(translate(number, 20, 4))
        assert ids(scheduler.take_to_join([], 64)) == [number]


def test_a_sentence_that_comes_seldom_joins_those_in_flight_at_once() -> None:
    scheduler = Scheduler(1000, SENTENCE_COST)
    for number in range(20):
        scheduler.add(translate(number, 20, 4))
        assert ids(scheduler.take_to_join(others(1), 64)) == [number]
        assert all(scheduler.take_to_join(others(1), 64) == [] for _ in range(15))


def test_sentences_that_come_one_by_one_join_many_in_flight_together() -> None:
    scheduler = Scheduler(10_000, SENTENCE_COST)
    batches = []
    for number in range(100):
        scheduler.add(translate(number, 20, 4))
        batches.append(ids(scheduler.take_to_join(others(11), 64)))
    joined = [batch for batch in batches if batch]
    assert [number for batch in joined for number in sorted(batch)] == list(range(sum(map(len, joined))))
    assert max(map(len, joined)) <= 5  # the rows that are free
    assert sum(map(len, joined[1:])) >= 3 * len(joined[1:])


def test_who_waits_for_others_joins_though_nobody_comes() -> None:
    scheduler = Scheduler(10_000, SENTENCE_COST)
    for number in range(10):
        scheduler.add(translate(number, 20, 4))
        scheduler.take_to_join([], 64)
    scheduler.add(translate(10, 20, 4))
    taken = [ids(scheduler.take_to_join(others(10), 64)) for _ in range(20)]
    assert taken[0] == []
    assert [10] in taken


def test_sentences_of_unlike_length_are_encoded_together() -> None:
    """The steps of the encoder are what costs, so padding is cheaper than another batch."""
    scheduler = Scheduler(10_000, SENTENCE_COST)
    for number, length in enumerate([8, 30, 12]):
        scheduler.add(translate(number, length, 4))
    assert sorted(ids(scheduler.take())) == [0, 1, 2]


def test_the_sentences_of_a_long_text_leave_rows_to_others() -> None:
    """Of a long text, one of two sentences, and single ones that come later, each gets its share of the rows."""
    scheduler = Scheduler(10_000, SENTENCE_COST)
    for number in range(50):
        scheduler.add(translate(number, 10, 4, text=1))
    for number in (50, 51):
        scheduler.add(translate(number, 10, 4, text=2))
    scheduler.add(translate(52, 10, 4))
    scheduler.add(translate(53, 10, 4))
    assert sorted(ids(scheduler.take_to_join([], 32))) == [0, 1, 50, 51, 52, 53]


def test_a_text_has_all_rows_where_no_other_waits() -> None:
    scheduler = Scheduler(10_000, SENTENCE_COST)
    for number in range(50):
        scheduler.add(translate(number, 10, 4, text=1))
    assert len(scheduler.take_to_join([], 64)) == 16


def test_a_sentence_passes_the_rest_of_a_text_that_has_rows() -> None:
    scheduler = Scheduler(10_000, SENTENCE_COST)
    in_flight = [translate(number, 10, 4, text=1) for number in range(15)]
    for number in range(15, 20):
        scheduler.add(translate(number, 10, 4, text=1))
    scheduler.add(translate(20, 10, 4))
    taken = [ids(scheduler.take_to_join(in_flight, 64)) for _ in range(20)]
    assert next(batch for batch in taken if batch) == [20]


def test_no_text_starves_beside_others_that_keep_coming() -> None:
    scheduler = Scheduler(10_000, SENTENCE_COST)
    for number in range(30):
        scheduler.add(translate(number, 10, 4, text=1))
    in_flight: list[Job] = []
    done: set[int] = set()
    for number in range(100, 500):
        scheduler.add(translate(number, 10, 4))
        in_flight += scheduler.take_to_join(in_flight, 16)
        if number % 2:
            done |= set(ids(in_flight[:1]))
            in_flight = in_flight[1:]
    assert set(range(30)) <= done
