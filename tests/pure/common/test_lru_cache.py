"""What is kept in memory: computed once, never when it may be half true, no more than there is room for."""

from concurrent.futures import ThreadPoolExecutor
from time import sleep

import pytest

from common.lru_cache import KeyLocks, LRUCache, LRUCacheOf, clear


class Counted:
    """Computes its answer and counts how often."""

    def __init__(self, answer="answer"):
        self.answer, self.n = answer, 0

    def __call__(self):
        self.n += 1
        return self.answer


def test_a_result_is_computed_once():
    cache, compute = LRUCache(10), Counted()
    assert [cache.get("key", compute) for _ in range(3)] == ["answer"] * 3
    assert compute.n == 1


def test_another_key_is_another_result():
    cache = LRUCache(10)
    assert [cache.get(key, lambda key=key: key * 2) for key in (1, 2, 1)] == [2, 4, 2]


def test_what_may_be_half_true_is_told_and_not_kept():
    cache, compute = LRUCache(10), Counted()
    assert [cache.get("key", compute, is_valid=lambda: False) for _ in range(2)] == ["answer"] * 2
    assert compute.n == 2


def test_a_failure_is_not_kept():
    cache, compute = LRUCache(10), Counted()
    with pytest.raises(ZeroDivisionError):
        cache.get("key", lambda: 1 / 0)
    assert cache.get("key", compute) == "answer"


@pytest.mark.parametrize(
    ("weights", "kept"),
    [
        pytest.param([1, 1, 1], {0, 1, 2}, id="everything while there is room"),
        pytest.param([1, 1, 2], {1, 2}, id="what was asked for last"),
        pytest.param([1, 1, 9], {2}, id="the last one however heavy"),
        pytest.param([9, 1], {1}, id="a light one after a heavy one"),
    ],
)
def test_no_more_is_kept_than_there_is_room_for(weights, kept):
    cache = LRUCache(3, weight=lambda result: weights[result])
    for result in range(len(weights)):
        cache.get(result, lambda result=result: result)
    again = Counted()
    assert {key for key in range(len(weights)) if key in cache} == kept
    assert cache.get(len(weights) - 1, again) == len(weights) - 1
    assert again.n == 0


def test_whoever_asks_meanwhile_waits_for_the_one_computation():
    cache, compute = LRUCache(10), Counted()

    def slow():
        sleep(0.2)
        return compute()

    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(lambda _: cache.get("key", slow), range(8))) == ["answer"] * 8
    assert compute.n == 1


def test_a_lock_of_a_key_is_had_by_one_and_is_gone_when_nobody_has_it():
    locks = KeyLocks()
    with locks.held("key") as mine, locks.held("other") as another:
        with ThreadPoolExecutor(1) as pool:
            assert pool.submit(lambda: locks.held("key", waits=False).__enter__()).result() is False
        assert (mine, another) == (True, True)
    assert len(locks._locks) == 0


def test_everything_is_forgotten_at_once():
    cache, compute = LRUCache(10), Counted()
    cache.get("key", compute)
    clear()
    cache.get("key", compute)
    assert compute.n == 2


def test_what_is_kept_can_be_looked_at_and_replaced():
    cache = LRUCache(10)
    assert cache.peek("key") is None
    cache.put("key", "old")
    cache.put("key", "new")
    assert (cache.peek("key"), cache.get("key", Counted("other"))) == ("new", "new")


def test_what_follows_from_objects_is_computed_once_for_each_of_them_and_for_each_key():
    cache, compute = LRUCacheOf(10), Counted()
    one, other = [1], [1]
    for owners, key in ([one], None), ([one], None), ([other], None), ([one, other], None), ([one], "key"):
        cache.get(tuple(owners), compute, key=key)
    assert compute.n == 4


def test_what_is_kept_of_an_object_is_never_taken_for_that_of_a_later_one():
    """The object stays as long as what was made of it, so that its id is nobody else's."""
    cache = LRUCacheOf(1000)
    told = [cache.get((owner,), lambda n=n: n) for n in range(100) if (owner := [n]) is not None]
    assert told == list(range(100))
