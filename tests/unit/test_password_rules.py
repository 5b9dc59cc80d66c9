"""Passwords that guessing programs try first are refused, others taken."""

from __future__ import annotations

import unicodedata

import pytest

from charter.services.errors import Invalid
from charter.services.password_rules import MAXIMUM_LENGTH, is_easy, normal, refuse_weak

KNOWN = ("Sok Dara", "sok.dara@example.org")


@pytest.mark.parametrize(
    "password",
    [
        "passwordpassword",
        "password1234",
        "P@ssw0rd2026!",
        "qwertyuiop12",
        "123456789012",
        "aaaaaaaaaaaa",
        "abcdefghijkl",
        "iloveyou1234",
        "Cambodia2026!",
        "matkhau123456",
        "mật khẩu 123456",
        "ababababababab",
    ],
)
def test_a_common_password_with_little_else_is_refused(password: str) -> None:
    assert is_easy(password)


@pytest.mark.parametrize("password", ["sok.dara@example.org", "Sok Dara 1987", "dara-dara-dara", "sokdaraexample!"])
def test_the_own_name_or_address_with_little_else_is_refused(password: str) -> None:
    assert is_easy(password, known=KNOWN)
    assert not is_easy("sok1 dara2 example3 seven", known=()), "to others they are words like any"


@pytest.mark.parametrize(
    "password",
    ["seven quiet rivers", "correct horse battery staple", "Tr0ub4dor&3xyz", "ខ្ញុំស្រលាញ់ប្រទេសកម្ពុជា", "k4#vR9!pLq2&"],
)
def test_other_passwords_are_taken(password: str) -> None:
    refuse_weak(password, known=KNOWN)


def test_eleven_characters_are_too_few_and_a_novel_too_many() -> None:
    with pytest.raises(Invalid, match="at least 12"):
        refuse_weak("k4#vR9!pLq2", known=())
    with pytest.raises(Invalid, match="at most 200"):
        refuse_weak("k4#vR9!pLq2&" * 20, known=())
    refuse_weak(("k4#vR9!pLq2&" * 20)[:MAXIMUM_LENGTH], known=())


def test_keyboards_that_compose_letters_differently_write_the_same_password() -> None:
    text = "bảy dòng sông lặng"
    assert unicodedata.normalize("NFD", text) != text
    assert normal(unicodedata.normalize("NFD", text)) == normal(text)
