"""Whatever is asked for is refused with a reason or comes to an end."""

from conftest import StartsOperators
from fuzz.play import play, stock
from fuzz.requests import some
from harness.shop import Shop

FEW = 150


async def test_generated_requests_are_refused_or_come_to_an_end(
    empty_shop: Shop, start_operator: StartsOperators
) -> None:
    operator = start_operator(empty_shop, ROLLBACK_FINISHED_LIMIT="10000")
    empty_shop.until_seen()
    stock(empty_shop)

    fate = await play(empty_shop, operator, seed=1, count=FEW)

    assert fate.problems == []
    assert fate.refused + fate.ended.total() == FEW
    assert fate.refused > FEW / 10
    assert len(fate.ended) > 3, fate.ended


def test_the_same_seed_gives_the_same_requests() -> None:
    assert list(some(7, 20)) == list(some(7, 20))
    assert list(some(7, 20)) != list(some(8, 20))
