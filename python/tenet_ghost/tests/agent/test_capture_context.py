"""Which decision a call belongs to: in coroutines, threads, generators, and decisions within decisions."""

from __future__ import annotations

import asyncio
import contextvars
import threading
from typing import Any, Iterator, List

import pytest

from tenet_ghost import ghost

from .conftest import Keeper
from .lending import bureau, decide


def test_coroutines_tasks_and_threads_with_a_context_are_on_the_tape(keeper: Keeper) -> None:
    @ghost.tool("slow", effect="read")
    async def slow(n: int) -> int:
        await asyncio.sleep(0)
        assert ghost.current() is not None
        return n * 2

    @ghost.agent(name="a", version="1", outcome=str)
    async def gathers(n: int) -> int:
        found = await asyncio.gather(*(slow(i) for i in range(n)))
        loop = asyncio.get_running_loop()
        context = contextvars.copy_context()
        await loop.run_in_executor(None, context.run, bureau, "in a thread")
        thread = threading.Thread(target=contextvars.copy_context().run, args=(bureau, "another"))
        thread.start()
        thread.join()
        return sum(found)

    assert asyncio.run(gathers(3)) == 6
    tape = keeper.record["tape"]
    assert [(e["name"], e["args"]) for e in tape] == [
        ("slow", [0]),
        ("slow", [1]),
        ("slow", [2]),
        ("bureau.lookup", ["in a thread"]),
        ("bureau.lookup", ["another"]),
    ]
    assert [e["result"] for e in tape[:3]] == [0, 2, 4]


def test_two_runs_at_once_do_not_see_each_other(keeper: Keeper) -> None:
    @ghost.agent(name="a", version="1", key=lambda case: case)
    async def one(case: str) -> str:
        for _ in range(3):
            await asyncio.sleep(0)
            bureau(case)
        return case

    async def both() -> None:
        await asyncio.gather(one("x"), one("y"))

    asyncio.run(both())
    for draft in keeper.drafts:
        case = draft["record"]["decision"]["outcome"]
        assert [entry["key"] for entry in draft["record"]["tape"]] == [case] * 3


def test_generators_are_one_decision_and_leave_no_context_behind(keeper: Keeper) -> None:
    @ghost.agent(name="a", version="1")
    def streams(case: str) -> Iterator[str]:
        bureau(case)
        yield "thinking"
        assert ghost.current() is not None
        yield "approve"

    seen: List[str] = []
    for word in streams("x"):
        assert ghost.current() is None
        seen.append(word)
    assert seen == ["thinking", "approve"]
    record = keeper.record
    assert record["decision"]["outcome"] == "approve"
    assert len(record["tape"]) == 1

    for _ in streams("left early"):
        break
    assert keeper.record["decision"]["outcome"] == "thinking"

    @ghost.agent(name="a", version="1")
    async def streams_async(case: str) -> Any:
        yield "a"
        bureau(case)
        yield "b"

    async def read() -> List[str]:
        return [word async for word in streams_async("y")]

    assert asyncio.run(read()) == ["a", "b"]
    assert keeper.record["decision"]["outcome"] == "b"


def test_what_is_called_inside_a_tool_is_not_taped_except_in_a_pure_one(keeper: Keeper) -> None:
    @ghost.tool("outer", effect="read")
    def outer() -> Any:
        return bureau("inside")

    @ghost.tool("score", effect="pure")
    def pure() -> Any:
        return bureau("inside a pure one")

    @ghost.agent(name="a", version="1")
    def agent() -> str:
        outer()
        pure()
        return "ok"

    agent()
    assert [entry["name"] for entry in keeper.record["tape"]] == ["outer", "score", "bureau.lookup"]


def test_several_decisions_in_one_run_are_linked_to_it(keeper: Keeper) -> None:
    @ghost.agent(name="a", version="1", type="batch", key=lambda: "b1")
    def batch() -> str:
        for case in ("x", "y"):
            ghost.decide(
                {"type": "row", "key": case, "inputs": {"case": case}}, lambda case=case: bureau(case) and "ok"
            )
        ghost.decide({"type": "said", "inputs": {}}, lambda: ghost.decide("told", reasoning=["because"]))
        return "done"

    batch()
    row_x, row_y, said, whole = keeper.drafts
    assert [d["type"] for d in (row_x, row_y, said, whole)] == ["row", "row", "said", "batch"]
    assert row_x["links"] == [{"rel": "parent", "id": whole["id"]}]
    assert row_x["record"]["intent"]["parent"] == whole["id"]
    assert [entry["key"] for entry in row_y["record"]["tape"]] == ["y"]
    assert [entry["key"] for entry in whole["record"]["tape"]] == ["x", "y"]
    assert said["record"]["decision"]["outcome"] == "told"
    assert said["record"]["reasoning"] == ["because"]
    assert row_x["id"] != row_y["id"]


def test_serverless_callers_wait_once_for_a_run(keeper: Keeper) -> None:
    keeper.wait_seconds = 1.0
    decide({"id": "A-1"})
    assert keeper.waited == 1

    @ghost.agent(name="a", version="1")
    async def later() -> str:
        return "ok"

    asyncio.run(later())
    assert keeper.waited == 2


def test_a_result_whose_class_answers_nothing_is_still_the_callers(keeper: Keeper) -> None:
    class Meta(type):
        def __getattr__(cls, name: str) -> Any:
            raise RuntimeError(name)

    class Odd(metaclass=Meta):
        pass

    odd = Odd()

    @ghost.tool("odd", effect="read")
    def tool() -> Any:
        return odd

    @ghost.agent(name="a", version="1", outcome=lambda _: "ok")
    def agent() -> Any:
        return tool()

    assert agent() is odd
    assert keeper.record["decision"]["outcome"] == "ok"


def test_a_coroutine_that_is_thrown_away_costs_nothing(keeper: Keeper) -> None:
    @ghost.agent(name="a", version="1")
    async def waits() -> str:
        await asyncio.sleep(60)
        return "ok"

    async def abandon() -> None:
        task = asyncio.ensure_future(waits())
        await asyncio.sleep(0)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    asyncio.run(abandon())
    assert keeper.record["decision"]["outcome"] == "error"

    class Never:
        def __await__(self) -> Any:
            yield

    @ghost.agent(name="a", version="1")
    async def waits_on() -> str:
        await Never()
        return "ok"

    left = waits_on()
    contextvars.copy_context().run(left.send, None)
    left.close()
    assert ghost.current() is None
