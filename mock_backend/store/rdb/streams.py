"""Streams in the format: a listpack for each node, then the counters, then the consumer groups.

Entries that were deleted leave no trace in what is written; how many of them a listpack that was
read held is remembered, for the node is as large as it was.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from mock_backend.store import listpack
from mock_backend.store.consumer_groups import Consumer, Group, Pending
from mock_backend.store.rdb import form, listpacks
from mock_backend.store.rdb.form import Corrupt
from mock_backend.store.rdb.words import Reader, Writer
from mock_backend.store.stream import MAX_SEQUENCE, Node, Stream

_DELETED: Final = 1
_SAME_FIELDS: Final = 2
_UNKNOWN: Final = -1
"""How many entries a group has read, if that cannot be told."""


def save(out: Writer, stream: Stream) -> None:
    """Writes a stream."""
    nodes = [node for node in stream.nodes if node.ids]
    out.length(len(nodes))
    for node in nodes:
        out.string(node.first.to_bytes(16, "big"))
        out.string(listpacks.pack(_packed(node)))
    out.length(stream.length)
    for entry_id in (stream.last_id, stream.first_id, stream.max_deleted_id):
        _save_id(out, entry_id)
    out.length(stream.added)
    out.length(len(stream.groups))
    for name in sorted(stream.groups):
        out.string(name)
        _save_group(out, stream.groups[name])


def _packed(node: Node) -> Iterator[bytes | int]:
    """What a node's listpack holds (t_stream.c, streamAppendItem)."""
    yield len(node.ids)
    yield 0
    yield len(node.names)
    yield from node.names
    yield 0
    first_ms, first_sequence = divmod(node.first, MAX_SEQUENCE + 1)
    for entry_id, fields in zip(node.ids, node.fields, strict=True):
        same = fields[::2] == node.names
        ms, sequence = divmod(entry_id, MAX_SEQUENCE + 1)
        yield _SAME_FIELDS if same else 0
        yield _signed(ms - first_ms)
        yield _signed(sequence - first_sequence)
        if same:
            yield from fields[1::2]
            yield len(node.names) + 3
        else:
            yield len(fields) // 2
            yield from fields
            yield len(fields) + 4


def _signed(value: int) -> int:
    """The number whose 64 bits are the same."""
    return (value + (1 << 63)) % (1 << 64) - (1 << 63)


def _save_id(out: Writer, entry_id: int) -> None:
    out.length(entry_id >> 64)
    out.length(entry_id & MAX_SEQUENCE)


def _save_group(out: Writer, group: Group) -> None:
    _save_id(out, group.last_id)
    out.length(_UNKNOWN if group.entries_read is None else group.entries_read)
    out.length(len(group.pending))
    for entry_id, pending in group.pending.items():
        out.raw(entry_id.to_bytes(16, "big"))
        out.milliseconds(pending.delivered_ms)
        out.length(pending.count)
    out.length(len(group.consumers))
    for consumer in group.by_name():
        out.string(consumer.name)
        out.milliseconds(consumer.seen_ms)
        if out.form.has_set_listpacks:
            out.milliseconds(consumer.active_ms)
        out.length(len(consumer.pending))
        for entry_id in consumer.pending:
            out.raw(entry_id.to_bytes(16, "big"))


def load(data: Reader, kind: int) -> Stream:
    """Reads a stream of one of the three layouts there were.  Errors: Corrupt."""
    stream = Stream()
    for _ in range(data.length()):
        node = _node(data.string(), data.pack())
        if stream.nodes and stream.nodes[-1].last >= node.first:
            raise Corrupt("a stream that is not in order")
        stream.adopt(node)
    length = data.length()
    if length != stream.length:
        raise Corrupt("a stream of another length")
    stream.last_id = _id(data)
    if kind == form.STREAM_LISTPACKS:
        stream.added = length
    else:
        _id(data)  # the first entry's, which the entries tell
        stream.max_deleted_id = _id(data)
        stream.added = data.length()
    for _ in range(data.length()):
        name = data.string()
        if name in stream.groups:
            raise Corrupt("a consumer group twice")
        stream.groups[name] = _group(data, stream, kind)
    return stream


def _id(data: Reader) -> int:
    return data.length() << 64 | data.length()


def _node(key: bytes, packed: bytes) -> Node:
    if len(key) != 16:
        raise Corrupt("an ID of another length")
    elements = iter(listpacks.unpack(packed))
    try:
        node = _filled(int.from_bytes(key, "big"), elements)
    except StopIteration:
        raise Corrupt("a stream's node that ends too early") from None
    if next(elements, None) is not None or not node.ids:
        raise Corrupt("a stream's node of another length")
    sizes = listpack.integer(len(node.ids)) + listpack.integer(node.deleted)
    node.bytes = len(packed) - sizes
    return node


def _filled(first: int, elements: Iterator[bytes | int]) -> Node:
    count, deleted = _number(elements), _number(elements)
    names = [listpacks.as_word(next(elements)) for _ in range(_number(elements))]
    if count <= 0 or next(elements) != 0:
        raise Corrupt("a stream's node without an end of its names")
    node = Node(first, names)
    first_ms, first_sequence = divmod(first, MAX_SEQUENCE + 1)
    before = -1
    for _ in range(count + deleted):
        flags = _number(elements)
        ms = (first_ms + _number(elements)) & MAX_SEQUENCE
        sequence = (first_sequence + _number(elements)) & MAX_SEQUENCE
        entry_id = ms << 64 | sequence
        if entry_id <= before:
            raise Corrupt("a stream's node that is not in order")
        before = node.last = entry_id
        if flags & _SAME_FIELDS:
            values = [listpacks.as_word(next(elements)) for _ in names]
            fields = [word for pair in zip(names, values, strict=True) for word in pair]
            pieces = len(names) + 3
        else:
            fields = [listpacks.as_word(next(elements)) for _ in range(2 * _number(elements))]
            pieces = len(fields) + 4
        if next(elements) != pieces:
            raise Corrupt("a stream's entry of another length")
        if not flags & _DELETED:
            node.ids.append(entry_id)
            node.fields.append(fields)
    if len(node.ids) != count:
        raise Corrupt("a stream's node of another number of entries")
    node.deleted = deleted
    return node


def _number(elements: Iterator[bytes | int]) -> int:
    value = next(elements)
    if not isinstance(value, int):
        raise Corrupt("a string where a number should be")
    return value


def _group(data: Reader, stream: Stream, kind: int) -> Group:
    last_id = _id(data)
    if kind == form.STREAM_LISTPACKS:
        read = stream.count_up_to(last_id)
    else:
        offset = _signed(data.length())
        read = None if offset == _UNKNOWN else offset
    group = Group(last_id, read)
    nobody = Consumer(b"", 0)
    for _ in range(data.length()):
        entry_id = int.from_bytes(data.raw(16), "big")
        if entry_id in group.pending:
            raise Corrupt("a pending entry twice")
        delivered_ms = data.milliseconds()
        group.pending[entry_id] = Pending(nobody, delivered_ms, data.length())
    for _ in range(data.length()):
        consumer = Consumer(data.string(), 0)
        if consumer.name in group.consumers:
            raise Corrupt("a consumer twice")
        group.consumers[consumer.name] = consumer
        consumer.seen_ms = consumer.active_ms = data.milliseconds()
        if kind == form.STREAM_LISTPACKS_3:
            consumer.active_ms = data.milliseconds()
        for _ in range(data.length()):
            entry_id = int.from_bytes(data.raw(16), "big")
            pending = group.pending.get(entry_id)
            if pending is None or pending.consumer is not nobody:
                raise Corrupt("a consumer's entry that is not the group's")
            pending.consumer = consumer
            consumer.pending[entry_id] = pending
    if any(pending.consumer is nobody for pending in group.pending.values()):
        raise Corrupt("a pending entry without a consumer")
    return group
