"""A task sleeps until one of its objects changes."""

from rollback_operator.operations.wakeups import Key, Wakeups

WEB, API = Key("deployment", "shop", "web"), Key("deployment", "shop", "api")


def test_a_change_of_one_of_its_objects_wakes_a_task() -> None:
    wakeups = Wakeups()

    with wakeups.watching([WEB, API]) as changed:
        wakeups.wake(API)
        assert changed.is_set()


def test_a_change_of_another_object_does_not() -> None:
    wakeups = Wakeups()

    with wakeups.watching([WEB]) as changed:
        wakeups.wake(API)
        wakeups.wake(Key("request", "shop", "web"))
        wakeups.wake(Key("deployment", "bank", "web"))
        assert not changed.is_set()


def test_all_that_wait_for_an_object_are_woken() -> None:
    wakeups = Wakeups()

    with wakeups.watching([WEB]) as one, wakeups.watching([WEB]) as other:
        wakeups.wake(WEB)
        assert (one.is_set(), other.is_set()) == (True, True)


def test_a_change_that_comes_while_a_task_works_counts() -> None:
    wakeups = Wakeups()

    with wakeups.watching([WEB]) as changed:
        changed.clear()
        wakeups.wake(WEB)
        assert changed.is_set()


def test_nothing_is_kept_of_a_task_that_is_over() -> None:
    wakeups = Wakeups()

    with wakeups.watching([WEB]), wakeups.watching([WEB, API]):
        assert (wakeups.awaits(WEB), wakeups.awaits(API)) == (True, True)

    assert (wakeups.awaits(WEB), wakeups.awaits(API)) == (False, False)
