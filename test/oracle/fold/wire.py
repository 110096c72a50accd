# SPDX-License-Identifier: Apache-2.0
"""Protobuf as the schemas describe it: reads schemas/*.proto and decodes bytes by them.

Nothing here knows a field's number: the schemas are the only source.
"""

import re
from pathlib import Path
from types import SimpleNamespace

SCHEMAS = Path(__file__).resolve().parents[3] / "schemas"
VARINTS = {"uint32": 32, "uint64": 64, "bool": 1}
DEPTH_MAX = 100


class WireError(Exception):
    """The bytes are no message of that kind."""


class Field:
    def __init__(self, name, kind, repeated):
        self.name, self.kind, self.repeated = name, kind, repeated


def load_schemas(folder=SCHEMAS):
    """Messages by name, each its fields by number; and the values of all enums by name."""
    messages, enums = {}, {}
    for path in sorted(folder.glob("*.proto")):
        text = re.sub(r"//[^\n]*", "", path.read_text(encoding="utf-8"))
        read_block(iter(re.findall(r'"[^"]*"|[\w.]+|[^\s\w]', text)), None, None, messages, enums)
    return messages, enums


def read_block(tokens, name, kind, messages, enums):
    """One block's content up to its closing brace; `kind` is what opened it."""
    words = []
    for token in tokens:
        if token == "}":
            return
        if token == "{":
            inner = words[0]
            if inner == "message":
                messages[words[1]] = {}
            # The fields of a oneof are the message's own.
            block = name if inner == "oneof" else words[1]
            read_block(tokens, block, "message" if inner == "oneof" else inner, messages, enums)
        elif token != ";":
            words.append(token)
            continue
        elif kind == "message" and "=" in words:
            repeated = words[0] == "repeated"
            # `from` is a word of Python's own.
            field = Field({"from": "from_class"}.get(words[-3], words[-3]), words[-4], repeated)
            messages[name][int(words[-1])] = field
        elif kind == "enum" and "=" in words:
            enums.setdefault(name, {})[words[0]] = int(words[-1])
        words = []


MESSAGES, ENUMS = load_schemas()


def decode(name, data):
    """The message `name` from its bytes. Fields that are absent have their default."""
    message = blank(name)
    merge(name, message, bytes(data), 0)
    return message


def blank(name):
    message = SimpleNamespace(has=set(), unknown=0)
    for field in MESSAGES[name].values():
        setattr(message, field.name, [] if field.repeated else default(field.kind))
    return message


def default(kind):
    if kind in MESSAGES:
        return blank(kind) if kind != "Frame" else None
    return {"bytes": b"", "string": ""}.get(kind, 0)


def merge(name, message, data, depth):
    fields, at = MESSAGES[name], 0
    if depth > DEPTH_MAX:
        raise WireError("too deep")
    while at < len(data):
        tag, at = varint(data, at, 5)
        number, form = tag >> 3, tag & 7
        if number == 0 or form == 4:
            raise WireError("a tag that cannot be")
        value, at = raw(data, at, form, number, depth)
        field = fields.get(number)
        if field is None or not take(field, message, form, value, depth):
            message.unknown += unknown_size(number, form, value)


def take(field, message, form, value, depth):
    """Puts one field in. A form that is not the field's makes it an unknown field: False."""
    if field.kind in MESSAGES:
        if form != 2:
            return False
        if field.repeated:
            fresh = blank(field.kind)
            merge(field.kind, fresh, value, depth + 1)
            getattr(message, field.name).append(fresh)
        else:  # told twice: merged
            merge(field.kind, getattr(message, field.name), value, depth + 1)
    elif field.kind in ("bytes", "string"):
        if form != 2:
            return False
        keep(field, message, text(value) if field.kind == "string" else value)
    elif field.kind == "fixed64":
        if form == 1:
            keep(field, message, int.from_bytes(value, "little"))
        elif form == 2 and field.repeated and len(value) % 8 == 0:
            for at in range(0, len(value), 8):
                keep(field, message, int.from_bytes(value[at : at + 8], "little"))
        elif form == 2 and field.repeated:
            raise WireError("cut short")
        else:
            return False
    elif form == 0:
        keep(field, message, number_of(field.kind, value))
    elif form == 2 and field.repeated:
        at = 0
        while at < len(value):
            one, at = varint(value, at, 10)
            keep(field, message, number_of(field.kind, one))
    else:
        return False
    message.has.add(field.name)
    return True


def keep(field, message, value):
    if field.repeated:
        getattr(message, field.name).append(value)
    else:
        setattr(message, field.name, value)


def number_of(kind, value):
    if kind in ENUMS:  # open: 32 bits with a sign, whether named or not
        value &= 0xFFFFFFFF
        return value - (1 << 32) if value >> 31 else value
    if kind == "bool":
        return int(value != 0)
    return value & ((1 << VARINTS[kind]) - 1)


def text(value):
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        raise WireError("a string that is not UTF-8") from None


def raw(data, at, form, number, depth):
    if form == 0:
        return varint(data, at, 10)
    if form == 1:
        return cut(data, at, 8)
    if form == 5:
        return cut(data, at, 4)
    if form == 2:
        size, at = varint(data, at, 5)
        return cut(data, at, size)
    if form == 3:
        return skip_group(data, at, number, depth + 1)
    raise WireError("a form that does not exist")


def skip_group(data, at, number, depth):
    """The size that its content has when encoded afresh, and where it ends."""
    if depth > DEPTH_MAX:
        raise WireError("too deep")
    content = 0
    while True:
        tag, at = varint(data, at, 5)
        if tag >> 3 == 0:
            raise WireError("a tag that cannot be")
        if tag & 7 == 4:
            if tag >> 3 != number:
                raise WireError("a group that another ends")
            return content, at
        value, at = raw(data, at, tag & 7, tag >> 3, depth)
        content += unknown_size(tag >> 3, tag & 7, value)


def cut(data, at, size):
    if size > len(data) - at:
        raise WireError("cut short")
    return data[at : at + size], at + size


def varint(data, at, bytes_max):
    value = 0
    for i in range(bytes_max):
        if at + i >= len(data):
            raise WireError("cut short")
        byte = data[at + i]
        value |= (byte & 0x7F) << 7 * i
        if byte < 0x80:
            return value & 0xFFFFFFFFFFFFFFFF, at + i + 1
    raise WireError("a number that does not end")


# --- the size of what was read, encoded in the shortest way


def size_of(name, message):
    total = message.unknown
    for number, field in MESSAGES[name].items():
        value = getattr(message, field.name)
        tag = varint_size(number << 3)
        if field.kind in MESSAGES:
            present = value if field.repeated else [value] * (field.name in message.has)
            total += sum(tag + framed(size_of(field.kind, one)) for one in present)
        elif field.kind in ("bytes", "string"):
            present = value if field.repeated else [value] * bool(value)
            total += sum(tag + framed(len(as_bytes(one))) for one in present)
        elif field.repeated:
            packed = sum(number_size(field.kind, one) for one in value)
            total += tag + framed(packed) if value else 0
        elif value:
            total += tag + number_size(field.kind, value)
    return total


def unknown_size(number, form, value):
    tag = varint_size(number << 3)
    if form == 0:
        return tag + varint_size(value)
    if form == 3:  # a group has a mark at its end too
        return tag + value + tag
    return tag + (framed(len(value)) if form == 2 else len(value))


def as_bytes(value):
    return value.encode() if isinstance(value, str) else value


def framed(size):
    return varint_size(size) + size


def number_size(kind, value):
    return 8 if kind == "fixed64" else varint_size(value % (1 << 64))


def varint_size(value):
    return max(1, -(-value.bit_length() // 7))
