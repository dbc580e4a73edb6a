from __future__ import annotations

import hashlib
import itertools
import json
import math
import re
import struct
from pathlib import Path
from typing import Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tenet_ghost._record import RecordError, canonicalize, es_number, parse_canonical, parse_strict


def code_of(act, *args, **more) -> str:
    with pytest.raises(RecordError) as caught:
        act(*args, **more)
    return caught.value.code


def test_numbers_have_their_ecmascript_form() -> None:
    assert canonicalize([1.0, 1e-7, 1e21, 1e20, -0.0, 0.1, 1e16, 123456789012345680000.0, 5e-324]) == (
        "[1,1e-7,1e+21,100000000000000000000,0,0.1,10000000000000000,123456789012345680000,5e-324]"
    )
    assert canonicalize(True) == "true"
    assert canonicalize({"a": 1.5, "b": -2.25e-5}) == '{"a":1.5,"b":-0.0000225}'


def test_keys_sort_by_utf16_code_units_and_not_by_code_point() -> None:
    assert canonicalize({"\ufb33": 1, "\U0001f600": 2}) == '{"\U0001f600":2,"\ufb33":1}'


def test_what_has_no_json_form_is_refused() -> None:
    assert code_of(canonicalize, float("nan")) == "record.jcs.number"
    assert code_of(canonicalize, [float("inf")]) == "record.jcs.number"
    assert code_of(canonicalize, {"a": "\ud800"}) == "record.jcs.surrogate"
    assert code_of(canonicalize, {"\udc00": 1}) == "record.jcs.surrogate"
    assert code_of(canonicalize, {1: 1}) == "record.jcs.type"
    assert code_of(canonicalize, object()) == "record.jcs.type"
    assert code_of(canonicalize, b"bytes") == "record.jcs.type"


def test_integers_beyond_2_to_the_53_are_refused_where_they_would_read_differently() -> None:
    assert canonicalize(2**53) == "9007199254740992"
    assert code_of(canonicalize, 2**53 + 1) == "record.jcs.integer"
    assert code_of(canonicalize, 10**400) == "record.jcs.integer"
    assert code_of(canonicalize, 2**53, safe_integers=True) == "record.jcs.integer"
    assert code_of(canonicalize, 1e300, safe_integers=True) == "record.jcs.integer"
    assert canonicalize(2**53 - 1, safe_integers=True) == "9007199254740991"


def test_nesting_is_bounded_in_both_directions() -> None:
    deep = "[" * 64 + "]" * 64
    assert canonicalize(parse_strict(deep)) == deep
    assert code_of(parse_strict, "[" * 65 + "]" * 65) == "record.jcs.depth"
    assert code_of(parse_strict, "[" * 100_000 + "]" * 100_000) == "record.jcs.depth"


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ('{"a":1,"a":1}', "record.jcs.duplicate_key"),
        ('{"a":{"b":1,"\\u0062":2}}', "record.jcs.duplicate_key"),
        ('"\\ud800"', "record.jcs.surrogate"),
        ("1e999", "record.jcs.number"),
        ("NaN", "record.json"),
        ("-Infinity", "record.json"),
        ("[1,]", "record.json"),
        ("", "record.json"),
    ],
)
def test_ambiguous_text_is_refused(text: str, code: str) -> None:
    assert code_of(parse_strict, text) == code


def test_large_integers_read_as_doubles() -> None:
    assert canonicalize(parse_strict("9007199254740993")) == "9007199254740992"
    assert canonicalize(parse_strict("1" * 300)) == canonicalize(float("1" * 300))
    assert code_of(parse_canonical, '{"b":1,"a":1}') == "record.jcs.form"


def test_published_examples(vectors: Path) -> None:
    for file in sorted((vectors / "jcs" / "input").iterdir()):
        value = parse_strict(file.read_text("utf-8"))
        expected = (vectors / "jcs" / "output" / file.name).read_text("utf-8")
        assert canonicalize(value) == expected, file.name
        hexes = (vectors / "jcs" / "outhex" / f"{file.stem}.txt").read_text().split()
        assert canonicalize(value).encode("utf-8") == bytes.fromhex("".join(hexes))


def test_numbers_of_the_rfc(vectors: Path) -> None:
    for case in json.loads((vectors / "jcs" / "rfc8785-appendix-b-numbers.json").read_text()):
        (value,) = struct.unpack(">d", bytes.fromhex(case["ieee754be"]))
        if case["expected"] is None:
            assert code_of(canonicalize, value) == "record.jcs.number"
        else:
            assert canonicalize(value) == case["expected"]


def number_stream(text: str) -> Iterator[bytes]:
    """The doubles of the published stream, as big-endian bytes."""
    declared = re.search(r"staticU64s = new BigUint64Array\(\[([^\]]*)\]", text)
    assert declared is not None
    for bits in re.findall(r"0x([0-9a-f]+)n", declared[1]):
        yield bytes.fromhex(bits)
    for i in range(2000):
        yield (0x0010000000000000 + i).to_bytes(8, "big")
    block = bytes(32)
    while True:
        block = hashlib.sha256(block).digest()
        for at in range(0, 32, 8):
            (value,) = struct.unpack_from("<d", block, at)
            if value != 0 and math.isfinite(value):
                yield block[at : at + 8][::-1]


def test_the_published_number_stream(vectors: Path) -> None:
    text = (vectors / "jcs" / "es6-number-stream.md").read_text()
    sums = {int(lines): digest for digest, lines in re.findall(r"^\| ([0-9a-f]{64}) \| (\d+) ", text, re.M)}
    hashed = hashlib.sha256()
    for count, bits in enumerate(itertools.islice(number_stream(text), 100_000), 1):
        (value,) = struct.unpack(">d", bits)
        hashed.update(f"{bits.hex().lstrip('0') or '0'},{canonicalize(value)}\n".encode())
        if count in sums:
            assert hashed.hexdigest() == sums[count], count


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_reads_back_as_itself(value: float) -> None:
    text = es_number(value)
    assert float(text) == value
    assert canonicalize(value) == text
    assert parse_canonical(text) == value


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**53) + 1, 2**53 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner, max_size=4)
    ),
    max_leaves=12,
)


@given(JSON)
def test_any_value_reads_back_and_comes_out_the_same(value: object) -> None:
    text = canonicalize(value)
    assert parse_canonical(text) == value
    assert canonicalize(parse_strict(json.dumps(value))) == text
