"""Signatures: the first key signs, all of them vouch."""

from rollback_operator.domain.signing import Keyring

OLD, NEW = b"old key", b"new key"


def test_a_key_vouches_for_what_it_signed_and_for_nothing_else() -> None:
    ring = Keyring((NEW,))
    signature = ring.sign("text")

    assert ring.vouches("text", signature)
    assert not ring.vouches("another text", signature)
    assert not Keyring((OLD,)).vouches("text", signature)


def test_after_a_rotation_the_old_key_still_vouches_and_the_new_one_signs() -> None:
    rotated = Keyring((NEW, OLD))

    assert rotated.vouches("text", Keyring((OLD,)).sign("text"))
    assert rotated.sign("text") == Keyring((NEW,)).sign("text")


def test_without_a_key_nothing_is_vouched_for_and_anything_is_accepted() -> None:
    ring = Keyring()

    assert ring.sign("text") == ""
    assert not ring.vouches("text", "")
    assert ring.accepts("text", "whatever")


def test_with_a_key_only_its_signature_is_accepted() -> None:
    assert not Keyring((NEW,)).accepts("text", "")


def test_white_space_around_a_key_does_not_count_and_an_empty_key_is_none() -> None:
    assert Keyring.of([b" new key\n", b"\n"]) == Keyring((NEW,))
