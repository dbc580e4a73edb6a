"""Clients of the openai library, taped and answered from the tape. The server is a stand-in."""

from __future__ import annotations

import asyncio
import sys
from dataclasses import replace
from pathlib import Path
from typing import Any, Dict, Iterator, List

import openai
import pydantic
import pytest

from tenet_ghost import ghost
from tenet_ghost._replay import LiveModel, Price, ReplayOptions, replay_agent

from .conftest import Keeper
from .replaying import POLICY, item

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))
from openai_stand_in import StandIn, openai_stand_in


@pytest.fixture(scope="module")
def server() -> Iterator[StandIn]:
    with openai_stand_in() as stand_in:
        yield stand_in


@pytest.fixture(autouse=True)
def _fresh(server: StandIn) -> None:
    server.requests.clear()
    server.fail.clear()


def sync_client(server: StandIn, **more: Any) -> openai.OpenAI:
    return ghost.openai(openai.OpenAI(base_url=server.url, api_key="k-secret", max_retries=0, **more))


def async_client(server: StandIn) -> openai.AsyncOpenAI:
    return ghost.openai(openai.AsyncOpenAI(base_url=server.url, api_key="k-secret", max_retries=0))


def hello(text: str = "hi") -> List[Any]:
    return [{"role": "user", "content": text}]


def agent(fn: Any, **more: Any) -> Any:
    return ghost.agent(name="a", version="1", prompt_version="1", **more)(fn)


def replayed(wrapped: Any, record: Dict[str, Any], server: StandIn) -> Any:
    before = len(server.requests)
    result = replay_agent(wrapped, item(record["tape"], input=record["context"]["inputs"]), POLICY)
    assert len(server.requests) == before
    assert result["status"] == "done", result["refusal"]
    assert result["outcome"] == record["decision"]["outcome"]
    return result


def test_a_chat_completion_is_taped_as_the_server_gave_it_and_replays(keeper: Keeper, server: StandIn) -> None:
    client = sync_client(server)

    def asks(case: str) -> str:
        first = client.chat.completions.create(model="m", messages=hello(case), extra_headers={"X-Secret": "s"})
        message = first.choices[0].message
        # As agents do: the library's own object goes back in.
        second = client.chat.completions.create(
            model="m", messages=[*hello(case), message, *hello("more")], temperature=0
        )
        assert isinstance(second, openai.types.chat.ChatCompletion)
        return (
            f"{message.content} {second.choices[0].message.content} {second.usage.total_tokens if second.usage else 0}"
        )

    wrapped = agent(asks)
    assert wrapped("hi") == "echo: hi echo: more 10"
    record = keeper.record
    first, second = record["tape"]
    assert (first["kind"], first["name"], first["effect"]) == ("model", "chat.completions", "read")
    assert first["args"] == {"model": "m", "messages": hello()}
    assert first["result"]["usage"]["prompt_tokens"] == 7
    assert "refusal" not in first["result"]["choices"][0]["message"]
    assert second["args"]["messages"][1] == {"role": "assistant", "content": "echo: hi"}
    assert record["provenance"]["model"] == "m-2026"
    assert record["grade"] == {"grade": "B", "reasons": ["model not pinned: asked for m, answered by m-2026"]}
    assert "k-secret" not in str(record) and "X-Secret" not in str(record)
    replayed(wrapped, record, server)


def test_async_streams_responses_and_embeddings(keeper: Keeper, server: StandIn) -> None:
    client = async_client(server)

    async def asks(case: str) -> str:
        said = []
        stream = await client.chat.completions.create(model="m", messages=hello(case), stream=True)
        async for chunk in stream:
            if chunk.choices and chunk.choices[0].delta.content:
                said.append(chunk.choices[0].delta.content)
        answer, vectors = await asyncio.gather(
            client.responses.create(model="r", input=case), client.embeddings.create(model="e", input=[case, "xy"])
        )
        events = await client.responses.create(model="r", input="streamed", stream=True)
        kinds = [event.type async for event in events]
        return f"{''.join(said).strip()} {answer.output_text} {vectors.data[1].embedding} {kinds[-1]}"

    wrapped = agent(asks)
    outcome = asyncio.run(wrapped("hi there"))
    assert outcome == "echo: hi there echo: hi there [0.25, 0.5] response.completed"
    record = keeper.record
    assert [entry["name"] for entry in record["tape"]] == ["chat.completions", "responses", "embeddings", "responses"]
    assert record["tape"][0]["result"]["choices"][0] == {
        "index": 0,
        "message": {"role": "assistant", "content": "echo: hi there ", "refusal": None},
        "logprobs": None,
        "finish_reason": "stop",
    }
    assert record["tape"][2]["args"]["encoding_format"] == "float"
    replayed(wrapped, record, server)


def test_a_sync_stream_left_early_counts_as_far_as_it_came(keeper: Keeper, server: StandIn) -> None:
    client = sync_client(server)

    def asks(case: str) -> str:
        with client.chat.completions.create(model="m", messages=hello(case), stream=True) as stream:
            for chunk in stream:
                if chunk.choices[0].delta.content:
                    break
        for chunk in client.chat.completions.create(model="m", messages=hello(case), stream=True):
            if chunk.choices[0].delta.content:
                break
        return "left"

    agent(asks)("one two three")
    for entry in keeper.record["tape"]:
        assert entry["result"]["choices"][0]["message"]["content"] == "echo: "


def test_tool_calls_parsed_answers_and_raw_responses(keeper: Keeper, server: StandIn) -> None:
    client = sync_client(server)

    class Shape(pydantic.BaseModel):
        ok: bool

    tools: Any = [{"type": "function", "function": {"name": "look", "parameters": {"type": "object"}}}]

    def asks(case: str) -> str:
        called = client.chat.completions.create(model="m", messages=hello(case), tools=tools)
        calls = called.choices[0].message.tool_calls or []
        raw = client.chat.completions.with_raw_response.create(model="m", messages=hello("raw"))
        shape = client.chat.completions.parse(model="m", messages=hello("shape"), response_format=Shape)
        assert shape.choices[0].message.parsed == Shape(ok=True)
        again = client.with_options(timeout=5).chat.completions.create(model="m", messages=hello("again"))
        return f"{calls[0].function.name} {raw.parse().choices[0].message.content} {again.choices[0].message.content}"  # type: ignore[union-attr]

    wrapped = agent(asks)
    assert wrapped("use a tool") == "look echo: raw echo: again"
    record = keeper.record
    assert len(record["tape"]) == 4
    assert record["tape"][0]["result"]["choices"][0]["message"]["tool_calls"][0]["function"]["name"] == "look"
    replayed(wrapped, record, server)


def test_errors_of_the_server_are_taped_and_caught_as_what_they_were(keeper: Keeper, server: StandIn) -> None:
    client = sync_client(server)

    def asks(case: str) -> str:
        said = []
        for kind in (openai.RateLimitError, openai.InternalServerError, openai.APIConnectionError):
            try:
                where = client if kind is not openai.APIConnectionError else client.with_options(base_url=case)
                where.chat.completions.create(model="m", messages=hello(kind.__name__))
            except kind as error:
                said.append(f"{type(error).__name__} {getattr(error, 'status_code', None)}")
        return " ".join(said)

    wrapped = agent(asks)
    server.fail[:] = [429, 500]
    assert wrapped("http://127.0.0.1:9/v1") == "RateLimitError 429 InternalServerError 500 APIConnectionError None"
    record = keeper.record
    assert [entry["error"]["code"] for entry in record["tape"]] == ["http.429", "http.500", "APIConnectionError"]
    replayed(wrapped, record, server)


def test_a_request_that_was_not_recorded_is_refused(keeper: Keeper, server: StandIn) -> None:
    client = sync_client(server)

    def asks(case: str) -> str:
        return client.chat.completions.create(model="m", messages=hello(case)).choices[0].message.content or ""

    wrapped = agent(asks)
    wrapped("hi")
    record = keeper.record
    result = replay_agent(wrapped, item(record["tape"], input="other"), POLICY)
    assert result["status"] == "refused"
    assert result["refusal"]["nearest"].endswith('/messages/0/content was "hi", now "other"')  # type: ignore[index]


def test_a_live_lane_asks_its_own_endpoint_within_its_budget(keeper: Keeper, server: StandIn) -> None:
    own = sync_client(server)
    elsewhere = ghost.openai(openai.OpenAI(base_url="http://127.0.0.1:9/v1", api_key="other", max_retries=0))
    asynchronous = async_client(server)

    def asks(case: str) -> str:
        return elsewhere.chat.completions.create(model="m", messages=hello(case)).choices[0].message.content or ""

    async def asks_async(case: str) -> str:
        answer = await asynchronous.chat.completions.create(model="m", messages=hello(case))
        return answer.choices[0].message.content or ""

    live = replace(POLICY, model="live")
    left = [True, False]
    options = ReplayOptions(
        model=LiveModel(server.url, "lane-key", Price(1_000_000, 2_000_000)), take_model_call=lambda: left.pop(0)
    )
    for wrapped in (agent(asks), agent(asks_async)):
        left[:] = [True, False]
        result = replay_agent(wrapped, item(input="live"), live, options)
        assert result["outcome"] == "echo: live"
        assert result["usage"] == {"promptTokens": 7, "completionTokens": 3, "cost": 13}
        assert (result["calls"]["model"], len(result["liveCalls"])) == (1, 1)
        assert server.keys[-1] == "Bearer lane-key"
        spent = replay_agent(wrapped, item(input="live"), live, options)
        assert spent["refusal"]["code"] == "replay.budget"  # type: ignore[index]
    server.fail[:] = [429]
    told: List[Any] = []
    down = ReplayOptions(model=LiveModel(server.url, "k"), on_model_unavailable=told.append)
    result = replay_agent(agent(asks), item(input="live"), live, down)
    assert (result["refusal"]["code"], told) == ("replay.model_unavailable", [2000.0])  # type: ignore[index]
    assert own is not elsewhere


def test_outside_a_run_the_client_is_as_ever_and_the_one_given_stays_untouched(server: StandIn) -> None:
    plain = openai.OpenAI(base_url=server.url, api_key="k")
    wrapped = ghost.openai(plain)
    assert wrapped is not plain
    assert type(wrapped) is openai.OpenAI
    assert ghost.openai(wrapped) is wrapped
    assert wrapped.embeddings.create(model="e", input="abcd").data[0].embedding == [0.5, 0.5]
    assert plain.chat.completions.create(model="m", messages=hello()).choices[0].message.content == "echo: hi"


def test_what_is_no_client_of_the_library_is_given_back_and_said(keeper: Keeper) -> None:
    thing = object()
    assert ghost.openai(thing) is thing
    assert [problem.code for problem in keeper.problems] == ["ghost.openai"]
