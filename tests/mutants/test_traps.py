"""Every trap has its seeded bug, and each still fits the code."""

import pytest

from mutants.__main__ import ROOT
from mutants.traps import MUTANTS, Mutant


def test_every_trap_has_a_seeded_bug() -> None:
    assert [mutant.trap for mutant in MUTANTS] == list(range(1, 36))


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: f"trap-{mutant.trap}")
def test_it_fits_the_code(mutant: Mutant) -> None:
    file = ROOT / "operator" / "rollback_operator" / mutant.file

    assert file.read_text().count(mutant.old) == 1
    assert all((ROOT / "tests" / test).exists() for test in mutant.tests.split())
