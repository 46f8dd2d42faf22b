"""Bytes into requests: the ordinary, the inline, the malformed, and every way of cutting them."""

from __future__ import annotations

import pytest

from mock_backend.resp.inline import UnbalancedQuotes, split
from mock_backend.resp.reader import ProtocolError, RequestReader

MIXED = (
    b"*1\r\n$4\r\nPING\r\n"
    b'SET "a b" c\r\n'
    b"*2\r\n$3\r\nGET\r\n$6\r\nx\r\ny\r\n\r\n"
    b"\r\n"
    b"*0\r\n"
    b"*-1\r\n"
    b"PING\n"
    b"*1\r\n$0\r\n\r\n"
)
REQUESTS = [[b"PING"], [b"SET", b"a b", b"c"], [b"GET", b"x\r\ny\r\n"], [b"PING"], [b""]]


def read_all(reader: RequestReader, data: bytes) -> list[list[bytes]]:
    """What is complete with ``data``, asked for as connections do."""
    only = reader.only_request(data)
    if only is not None:
        assert reader.next() is None
        return [only]
    reader.feed(data)
    requests = []
    while (words := reader.next()) is not None:
        if words:
            requests.append(words)
    return requests


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16, 1000])
def test_requests_are_the_same_however_the_bytes_are_cut(size: int) -> None:
    reader = RequestReader()
    requests = []
    for start in range(0, len(MIXED), size):
        requests += read_all(reader, MIXED[start : start + size])

    assert requests == REQUESTS


@pytest.mark.parametrize("cut", range(1, 60))
def test_words_that_look_like_requests_do_not_confuse_the_boundaries(cut: int) -> None:
    data = b"*1\r\n$4\r\nPING\r\n*3\r\n$2\r\n*1\r\n$4\r\nPING\r\n$1\r\nx\r\n*1\r\n$4\r\nPING\r\n"
    reader = RequestReader()
    requests = []
    for piece in (data[:cut], data[cut:]):
        requests += read_all(reader, piece)

    assert requests == [[b"PING"], [b"*1", b"PING", b"x"], [b"PING"]]


def test_a_pipeline_of_megabytes_is_read_right_wherever_it_is_cut() -> None:
    pair = (
        b"*3\r\n$3\r\nSET\r\n$1\r\nk\r\n$90\r\n" + b"v" * 90 + b"\r\n*2\r\n$3\r\nGET\r\n$1\r\nk\r\n"
    )
    count = 20_000
    data = pair * count
    in_a_request = len(pair) * (1_200_000 // len(pair)) + 10
    behind_a_star = len(pair) * (1_300_000 // len(pair)) + 1
    ends = [in_a_request, behind_a_star, len(data)]
    reader = RequestReader()
    requests = []
    for start, end in zip([0, *ends], ends, strict=False):
        requests += read_all(reader, data[start:end])

    assert requests == [[b"SET", b"k", b"v" * 90], [b"GET", b"k"]] * count


@pytest.mark.parametrize(
    ("data", "text"),
    [
        (b"*x\r\n", "invalid multibulk length"),
        (b"*3000000000\r\n", "invalid multibulk length"),
        (b"*1\r\n:1\r\n", "expected '$', got ':'"),
        (b"*1\r\nPING\r\n", "expected '$', got 'P'"),
        (b"*1\r\n$x\r\n", "invalid bulk length"),
        (b"*1\r\n$-1\r\n", "invalid bulk length"),
        (b"*1\r\n$99999999999\r\n", "invalid bulk length"),
        (b'SET "a b\r\n', "unbalanced quotes in request"),
        (b"a" * 70_000, "too big inline request"),
        (b"*" + b"1" * 70_000, "too big mbulk count string"),
        (b"*1\r\n$" + b"1" * 70_000, "too big bulk count string"),
        (b"*2\r\n$3\r\nGET\r\n:1\r\n", "expected '$', got ':'"),
        (b"*2\r\n$3\r\nGET\r\n+k\r\n", "expected '$', got '+'"),
        (b"*2\r\n$3\r\nGET\r\n(1\r\n", "expected '$', got '('"),
        (b"*2\r\n$3\r\nGET\r\n=5\r\ntxt:k\r\n", "expected '$', got '='"),
        (b"*-9223372036854775809\r\n", "invalid multibulk length"),
        (b"*1\r\n\xff\r\n", "expected '$', got '\udcff'"),
    ],
)
@pytest.mark.parametrize(
    "before", [b"", b"*1\r\n$4\r\nPING\r\n"], ids=["alone", "behind a request"]
)
def test_what_is_malformed_is_said_in_the_servers_words(
    before: bytes, data: bytes, text: str
) -> None:
    reader = RequestReader()
    reader.feed(before + data)
    if before:
        assert reader.next() == [b"PING"]

    with pytest.raises(ProtocolError) as caught:
        reader.next()

    assert str(caught.value) == text


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (b"", []),
        (b"  GET   k ", [b"GET", b"k"]),
        (rb'"\x41\n\"\\" end', [b'A\n"\\', b"end"]),
        (rb"'it\'s' '\n'", [b"it's", rb"\n"]),
        (b'""', [b""]),
        (b'a"b c"', [b"ab c"]),
        (b"a\vb \v\fc", [b"a\vb", b"c"]),
        (b"a b\0c d", [b"a", b"b"]),
    ],
)
def test_inline_words_are_quoted_as_in_the_configuration_file(
    line: bytes, words: list[bytes]
) -> None:
    assert split(line) == words


@pytest.mark.parametrize("line", [b'"a', b"'a", b'"a"b', b"'a'b"])
def test_quotes_that_do_not_match_are_refused(line: bytes) -> None:
    with pytest.raises(UnbalancedQuotes):
        split(line)


@pytest.mark.parametrize("cut", range(1, 26))
def test_a_status_string_is_no_word_wherever_the_bytes_are_cut(cut: int) -> None:
    data = b"*2\r\n$3\r\nGET\r\n+value\r\n"
    reader = RequestReader()
    reader.feed(data[:cut])
    with pytest.raises(ProtocolError, match="got '\\+'"):  # noqa: PT012
        assert reader.next() is None
        reader.feed(data[cut:])
        reader.next()


@pytest.mark.parametrize("data", [b"~1\r\n$1\r\nx\r\n", b"|1\r\n$1\r\nx\r\n$1\r\ny\r\n"])
def test_only_an_array_is_a_request(data: bytes) -> None:
    requests = read_all(RequestReader(), b"*1\r\n$4\r\nPING\r\n" + data)

    assert requests == [[b"PING"], *([line] for line in data.split())]


PING = b"*1\r\n$4\r\nPING\r\n"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\r\n",
        b"PING\r\n",
        b"*0\r\n",
        PING + PING,
        PING[:-2],
        PING + b"*",
        b"*2\r\n" + PING[4:],
        PING.replace(b"4", b"5"),
        PING.replace(b"PING", b"P\r\nG"),
        b"*1\r\n$600\r\n" + b"x" * 600 + b"\r\n",
    ],
)
def test_what_is_more_or_less_than_one_brief_request_is_not_the_only_one(data: bytes) -> None:
    assert RequestReader().only_request(data) is None


def test_the_only_request_is_no_other_when_something_came_before() -> None:
    reader = RequestReader()
    assert reader.only_request(PING) == [b"PING"]
    reader.feed(PING + PING)
    assert reader.only_request(PING) is None
    assert [reader.next(), reader.next(), reader.next()] == [[b"PING"], [b"PING"], None]
    reader.feed(PING[:5])
    assert reader.next() is None
    assert reader.only_request(PING) is None


def test_values_that_begin_like_other_types_are_values() -> None:
    reader = RequestReader()
    reader.feed(b"*4\r\n$1\r\n+\r\n$2\r\n(1\r\n$3\r\n=ab\r\n$3\r\n\r\n+\r\n")

    assert reader.next() == [b"+", b"(1", b"=ab", b"\r\n+"]
    assert reader.is_idle


@pytest.mark.parametrize(
    "data", [b"PING\0\r\n", b"*1\0\r\n$4\r\nPING\r\n", b"*1\r\n$4\0\r\nPING\r\n"]
)
def test_a_nul_hides_the_end_of_a_line(data: bytes) -> None:
    reader = RequestReader()
    reader.feed(data)
    assert reader.next() is None

    reader.feed(b"x" * 70_000)
    with pytest.raises(ProtocolError, match="too big"):
        reader.next()


@pytest.mark.parametrize(
    "data",
    [
        b"*1\r\n$4\r\nPING\r\n",
        b"*0\r\n",
        b"*2\r\n$0\r\n\r\n$1\r\nx\r\n",
        b"*2\r\n$4\r\nECHO\r\n$4\r\na\r\nb\r\n",
        b"*2\r\n$4\r\nECHO\r\n$7\r\n\r\n$1\r\nx\r\n",
        b"*02\r\n$4\r\nECHO\r\n$1\r\nx\r\n",
        b"*1\r\n$04\r\nPING\r\n",
        b"*1\r\n$4\r\nPING\r\n\r\n",
        b"*2\r\n$4\r\nECHO\r\n$3\r\n\r\n*\r\n",
        b"*2\r\n$4\r\nECHO\r\n",
        b"*-1\r\n",
        b"*2\r\n$4\r\nPING\r\n",
    ],
)
def test_one_request_alone_is_read_as_in_company(data: bytes) -> None:
    """What comes alone is read by another reader than what comes in pieces, or behind others."""
    ping = b"*1\r\n$4\r\nPING\r\n"
    assert told([data]) == told([bytes([byte]) for byte in data])
    assert told([ping + data]) == [[b"PING"], *told([data])]
    assert told([data, ping]) == told([data + ping])


@pytest.mark.parametrize(
    "data",
    [
        b"*1\r\n$0\r\n\r\n",
        b"*0\r\n*-1\r\n*0\r\n",
        b"PING\r\n*0\r\n*-1\r\n",
        b"*2\r\n$4\r\nECHO\r\n$3\r\n\r\n+\r\n*1\r\n$4\r\nPING\r\n",
        b"*2\r\n$4\r\nECHO\r\n$5\r\n\r\n*1\r\r\n*1\r\n$4\r\nPING\r\n",
        b"*2\r\n$4\r\nECHO\r\n$1\r\nx\r\n" * 3 + b"*2\r\n$4\r\nECHO\r\n+x\r\n",
    ],
)
def test_requests_are_the_same_wherever_they_are_cut_in_two(data: bytes) -> None:
    """Of what was cut the beginning is read anew, or what is behind it by the quicker reader."""
    whole, empty = all_told([bytes([byte]) for byte in data])

    for cut in range(len(data) + 1):
        assert all_told([data[:cut], data[cut:]]) == (whole, empty)


def test_a_long_value_is_read_in_pieces_and_what_follows_it_at_once() -> None:
    value = b"\r\n*1\r\n" * 5_000
    data = b"*2\r\n$4\r\nECHO\r\n$%d\r\n%b\r\n" % (len(value), value)
    data += b"*1\r\n$4\r\nPING\r\n" * 3

    assert told([data[:16_384], data[16_384:]]) == [[b"ECHO", value], *[[b"PING"]] * 3]


def all_told(pieces: list[bytes]) -> tuple[list[list[bytes] | str], int]:
    """The requests, and how many of them are empty: these count, too."""
    reader, found, empty = RequestReader(), list[list[bytes] | str](), 0
    try:
        for piece in pieces:
            only = reader.only_request(piece)
            if only is not None:
                found.append(only)
                continue
            reader.feed(piece)
            while (words := reader.next()) is not None:
                found += [words] if words else []
                empty += not words
    except ProtocolError as error:
        found.append(str(error))
    return found, empty


def told(pieces: list[bytes]) -> list[list[bytes] | str]:
    """The requests, and the error that ends them."""
    return all_told(pieces)[0]
