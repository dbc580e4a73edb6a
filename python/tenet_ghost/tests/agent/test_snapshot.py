"""What the record keeps of values that are no JSON. The same text whether taken at once or read back from a pickle."""

from __future__ import annotations

import collections
import dataclasses
import datetime
import decimal
import enum
import json
import sys
import types
from typing import Any, Dict, List, Tuple

import pydantic
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tenet_ghost import ghost
from tenet_ghost._call_key import frozen_arguments, live_arguments
from tenet_ghost._freeze import freeze, settle
from tenet_ghost._record import canonicalize
from tenet_ghost._redact import compile_redactor
from tenet_ghost._snapshot import MAX_VALUE_CHARS, snapshot

from .conftest import Keeper


class Colour(enum.Enum):
    RED = "red"


@dataclasses.dataclass
class Money:
    cents: int


class Case(pydantic.BaseModel):
    id: str
    secret: pydantic.SecretStr = pydantic.SecretStr("hush-hush")


class Plain:
    def __init__(self) -> None:
        self.a = 1
        self._private = 2


class Slotted:
    __slots__ = ("a",)

    def __init__(self) -> None:
        self.a = 1


class Hostile:
    def __getattr__(self, name: str) -> Any:
        raise RuntimeError("no")

    def __iter__(self) -> Any:
        raise RuntimeError("no")

    def __str__(self) -> str:
        raise RuntimeError("no")

    __repr__ = __str__


class Bomb:
    def __init__(self) -> None:
        self.x = 1

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise AssertionError("the pickle of the caller's class is never asked for")

    def __getstate__(self) -> Any:
        raise AssertionError


class EndlessList(List[Any]):
    def __iter__(self) -> Any:
        while True:
            yield 1


Point = collections.namedtuple("Point", "x y")
circular: Dict[str, Any] = {"name": "a"}
circular["self"] = circular

CASES: List[Tuple[str, Any, Any, List[str]]] = [
    ("plain JSON", {"a": [1, "x", None, True]}, {"a": [1, "x", None, True]}, []),
    ("a tuple", (1, (2,)), [1, [2]], []),
    ("a datetime", datetime.datetime(1970, 1, 1), "1970-01-01T00:00:00", ["a datetime kept as text at the root"]),
    ("a Decimal", {"d": decimal.Decimal("1.50")}, {"d": "1.50"}, ["a Decimal kept as text at /d"]),
    ("a set", {"b", "a"}, ["a", "b"], ["a set kept as a sorted list at the root"]),
    ("NaN", [float("nan"), float("-inf")], [None, None], ["NaN kept as null at /0", "-Infinity kept as null at /1"]),
    ("a huge integer", {"n": 2**53}, {"n": "9007199254740992"}, ["an integer beyond 2^53-1 kept as text at /n"]),
    ("a huge float", 1e300, "1e+300", ["an integer beyond 2^53-1 kept as text at the root"]),
    ("too many digits", 10**9000, None, ["an integer of too many digits dropped at the root"]),
    ("minus zero", -0.0, 0, []),
    ("bytes", b"hi", "aGk=", ["bytes kept as base64 at the root"]),
    ("a bytearray", bytearray(b"hi"), "aGk=", ["bytes kept as base64 at the root"]),
    ("a function", {"f": len, "g": 1}, {"g": 1}, ["a function dropped at /f"]),
    ("a class", [Money], [None], ["a class dropped at /0"]),
    ("a circle", circular, {"name": "a"}, ["a circular reference dropped at /self"]),
    ("a dataclass", Money(5), {"cents": 5}, ["a Money kept as plain members at the root"]),
    ("a namedtuple", Point(1, 2), {"x": 1, "y": 2}, ["a Point kept as plain members at the root"]),
    ("an object", Plain(), {"a": 1}, ["a Plain kept as plain members at the root"]),
    ("slots", Slotted(), {"a": 1}, ["a Slotted kept as plain members at the root"]),
    ("an enum", {Colour.RED: Colour.RED}, {"red": "red"}, ["a Colour kept as its value at /red"]),
    ("keys", {1: "a", None: "b"}, {"1": "a", "null": "b"}, ["member names kept as text at the root"] * 2),
    ("an exception", ValueError("no"), {"name": "ValueError", "message": "no"},
     ["an exception kept as name and message at the root"]),
    ("a lone surrogate", "\ud800", "\ufffd", ["a lone surrogate replaced at the root"]),
    ("an object that reads badly", [Hostile()], [None], ["a Hostile dropped at /0"]),
    ("an object that pickles badly", Bomb(), {"x": 1}, ["a Bomb kept as plain members at the root"]),
    ("a list with an endless iterator", EndlessList([1]), [1], []),
]  # fmt: skip


@pytest.mark.parametrize(("value", "expected", "notes"), [case[1:] for case in CASES], ids=[case[0] for case in CASES])
def test_a_value_says_what_was_changed(value: Any, expected: Any, notes: List[str]) -> None:
    for taken in (snapshot(value), settle(freeze(value))):
        assert taken.value == expected
        assert type(taken.value) is type(expected)
        assert list(taken.notes) == notes
        assert taken.kept


def test_a_value_is_kept_alike_where_numpy_is_loaded(monkeypatch: pytest.MonkeyPatch) -> None:
    # Its numbers would pass for bytes: plain data then goes another way.
    monkeypatch.setitem(sys.modules, "numpy", types.ModuleType("numpy"))
    for _, value, expected, notes in CASES:
        taken = settle(freeze(value))
        assert (taken.value, list(taken.notes)) == (expected, notes)


def test_a_model_is_kept_by_its_dump_and_its_secrets_are_masked() -> None:
    for taken in (snapshot(Case(id="a")), settle(freeze(Case(id="a")))):
        assert taken.value == {"id": "a", "secret": "[redacted:secret]"}
        assert "hush" not in repr(taken)


def test_streams_promises_and_what_is_too_large_are_not_kept() -> None:
    async def coroutine() -> None: ...

    waiting = coroutine()
    for value in ((i for i in [1]), waiting, "x" * MAX_VALUE_CHARS, "x" * 20_000_000, [["x" * 1000] * 10_000]):
        for taken in (snapshot({"v": value}), settle(freeze({"v": value}))):
            assert (taken.value, taken.kept) == (None, False)
    waiting.close()


def test_any_depth_is_survived_and_not_followed() -> None:
    deep: Any = 1
    for _ in range(100_000):
        deep = [deep]
    for taken in (snapshot(deep), settle(freeze(deep))):
        assert len(taken.notes) == 1
        canonicalize(taken.value)
    shared: Any = ["x"]
    for _ in range(64):
        shared = [shared, shared]
    # 2^64 leaves in 64 lists: the walk ends at its budget or its depth.
    assert len(settle(freeze(shared)).notes) > 0


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text() | st.binary(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4) | st.tuples(inner),
    max_leaves=20,
)


@given(json_values)
@settings(max_examples=200, deadline=None)
def test_a_snapshot_is_always_something_the_format_takes(value: Any) -> None:
    taken = settle(freeze(value))
    assert taken == snapshot(value)
    text = canonicalize(taken.value, safe_integers=True)
    assert canonicalize(snapshot(json.loads(text)).value) == text


@given(json_values)
@settings(max_examples=100, deadline=None)
def test_a_call_has_the_same_key_in_capture_and_in_replay(value: Any) -> None:
    redactor = compile_redactor()
    captured = frozen_arguments(freeze((value,)), None)
    asked = live_arguments((value,), None, redactor)
    assert redactor.call(captured.args, captured.key) == (asked.args, asked.key)
    assert captured.notes == asked.notes


def test_the_caller_never_notices_a_hostile_value(keeper: Keeper) -> None:
    @ghost.tool("touch", effect="read", key=lambda value: value.nothing)
    def touch(value: Any) -> Any:
        return value

    @ghost.agent(name="a", version="1", outcome=lambda r: r.nothing, reasons=lambda r: 1 / 0, goal=lambda v: v.nothing)
    def agent(value: Any) -> Any:
        answer = touch(value)
        here = ghost.current()
        assert here is not None
        here.step(value)
        here.alternative(value)
        here.decide("ok", confidence=float("nan"), rules=value, reasoning=value)
        return answer

    for value in (Hostile(), Bomb(), EndlessList([1]), circular, "\ud800", "x" * 20_000_000, float("nan"), 10**9000):
        assert agent(value) is value
        (draft,) = keeper.drafts
        canonicalize(draft["record"], safe_integers=True)
        assert draft["record"]["decision"]["outcome"] == "ok"
        assert draft["record"]["grade"]["reasons"]
    assert keeper.problems == []
