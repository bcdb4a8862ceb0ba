"""f-strings as Python 3.11 takes them.

Since 3.12 (PEP 701) a replacement field may hold what it likes: the quotes of the string around it, backslashes,
comments, line breaks. An older parser fails on the whole file then. Here each such f-string gets triple quotes and
the strings in its fields the two single ones in turn; t-strings (PEP 750, 3.14) become f-strings. Lines stay where
they are. Text in fields may lose a backslash or a quote, which decides nothing.
"""

from __future__ import annotations

import re

START = re.compile(r"""(?i)(?<![\w"'])((?:[rbuft]|br|rb|fr|rf|tr|rt)?)(\"""|'''|"|')""")
DEEPEST = 2
"""How deep strings can lie in strings with three kinds of quotes; what is deeper is left out."""


class _Unfit(Exception):
    """What stands here is no f-string, or one that the older grammar cannot say."""


def older_fstrings(text: str) -> str:
    """The same lines, with f-strings that Python 3.11 parses. Text that is no Python stays as it is."""
    out: list[str] = []
    at = 0
    while at < len(text):
        found = re.compile(r"""[#"']|\b(?i:[rbuft]{1,2})(?=["'])""").search(text, at)
        if found is None:
            break
        out.append(text[at : found.start()])
        at = found.start()
        if text[at] == "#":
            end = text.find("\n", at)
            end = len(text) if end < 0 else end
            out.append(text[at:end])
            at = end
            continue
        start = START.match(text, at)
        if start is None:
            out.append(text[at])
            at += 1
            continue
        try:
            new, end = _string(text, start, 0)
        except (_Unfit, RecursionError):
            return text
        out.append(new)
        at = end
    return "".join(out) + text[at:]


def _string(text: str, start: re.Match[str], depth: int) -> tuple[str, int]:
    """The string that begins here, as it may stand at this depth, and where it ends."""
    prefix, quote = start[1].lower(), start[2]
    if not set(prefix) & {"f", "t"}:
        end = _plain_end(text, start.end(), quote)
        if not depth:
            return text[start.start() : end], end
        return _inner(start[1], text[start.end() : end - len(quote)], depth), end
    raw = "r" in prefix
    parts: list[str] = []
    changed = "t" in prefix
    at = start.end()
    while not text.startswith(quote, at):
        character = text[at : at + 1]
        if not character or (character == "\n" and len(quote) == 1):
            raise _Unfit
        if character == "\\" and not (raw and text[at + 1 : at + 2] in ("{", "}")):
            named = re.compile(r"\\N\{[^}\n]*\}").match(text, at) if not raw else None
            end = named.end() if named else at + 2
            parts.append(text[at:end])
            at = end
        elif character == "{" and text[at + 1 : at + 2] != "{":
            field, end = _field(text, at + 1, quote, depth)
            changed = changed or field != text[at + 1 : end]
            changed = changed or bool(re.search(r"[\"'\\\n#]", field))
            parts.append("{" + field)
            at = end
        elif character in "{}":
            parts.append(text[at : at + (2 if text[at + 1 : at + 2] == character else 1)])
            at += len(parts[-1])
        else:
            parts.append(character)
            at += 1
    end = at + len(quote)
    body = "".join(parts)
    if depth:
        return _inner("rf" if raw else "f", body, depth, fields=True), end
    if not changed:
        return text[start.start() : end], end
    for wide in ('"""', "'''"):
        if wide not in body and not body.endswith(wide[0]):
            return ("rf" if raw else "f") + wide + body + wide, end
    return '"""' + "\n" * body.count("\n") + '"""', end


def _inner(prefix: str, body: str, depth: int, *, fields: bool = False) -> str:
    """A string inside a field: double quotes at depth two, single ones at depth one."""
    if depth > DEEPEST:
        return "''" if depth % 2 else '""'
    quote = "'" if depth == 1 else '"'
    if not fields:
        body = re.sub(r"[\\\n]", "", body).replace(quote, "")
    elif re.search(r"[\\\n]", body) or quote in body:
        raise _Unfit
    return f"{prefix}{quote}{body}{quote}"


def _plain_end(text: str, at: int, quote: str) -> int:
    while not text.startswith(quote, at):
        if at >= len(text) or (text[at] == "\n" and len(quote) == 1):
            raise _Unfit
        at += 2 if text[at] == "\\" else 1
    return at + len(quote)


def _field(text: str, at: int, quote: str, depth: int) -> tuple[str, int]:
    """What stands between { and }, the closing one included, and where it ends."""
    out: list[str] = []
    open_ = 0
    while True:
        character = text[at : at + 1]
        if not character:
            raise _Unfit
        start = START.match(text, at)
        if start is not None:
            new, at = _string(text, start, depth + 1)
            out.append(new)
        elif character == "#":
            end = text.find("\n", at)
            at = len(text) if end < 0 else end
        elif character == "\\":
            at += 1
        elif character == "}" and not open_:
            return "".join(out) + "}", at + 1
        elif character == ":" and not open_:
            spec, end = _specification(text, at + 1, quote, depth)
            return "".join(out) + ":" + spec, end
        else:
            open_ += {"(": 1, "[": 1, "{": 1, ")": -1, "]": -1, "}": -1}.get(character, 0)
            word = re.compile(r"\w+").match(text, at)
            out.append(word[0] if word and not START.match(text, at) else character)
            at += len(out[-1])


def _specification(text: str, at: int, quote: str, depth: int) -> tuple[str, int]:
    """A format specification up to the field's closing brace."""
    out: list[str] = []
    while True:
        character = text[at : at + 1]
        if not character or text.startswith(quote, at):
            raise _Unfit
        if character == "{":
            field, at = _field(text, at + 1, quote, depth)
            out.append("{" + field)
        elif character == "}":
            return "".join(out) + "}", at + 1
        else:
            out.append("" if character == "\\" else character)
            at += 1
