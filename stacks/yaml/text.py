"""From bytes to text, or a clear answer why not."""

from __future__ import annotations

import re
from typing import Final

from providers.contract.diagnostic import Source
from stacks.codes import Code
from stacks.findings import Finding

STACK_FILE_BYTES: Final = 1_000_000
MANIFEST_BYTES: Final = 10_000_000

_CONTROL: Final = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\x80-\x84\x86-\x9f\ud800-\udfff\ufffe\uffff]")
_WIDE: Final = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def decode(data: bytes, file: str, limit: int) -> str | Finding:
    """UTF-8 text without byte order mark, with no character that YAML refuses."""
    if len(data) > limit:
        summary = f"{file} is {len(data):,} bytes long, the limit is {limit:,}"
        return _finding(Code.LIMIT, summary, file, help="divide it: files with the same stack: form one stack")
    if data[:2] in _WIDE:
        return _finding(Code.ENCODING, f"{file} is written in UTF-16", file, help="save it as UTF-8")
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        before = data[: error.start].decode("utf-8", "replace")
        summary = f"byte 0x{data[error.start]:02x} is no UTF-8"
        return _finding(Code.ENCODING, summary, file, before, "save the file as UTF-8")
    found = _CONTROL.search(text)
    if found is None:
        return text
    what = "NUL" if found.group() == "\0" else f"U+{ord(found.group()):04X}"
    before = text[: found.start()]
    help = f'inside double quotes it is written "\\x{ord(found.group()):02x}"'
    return _finding(Code.ENCODING, f"the control character {what} may not stand in YAML", file, before, help)


def _finding(code: Code, summary: str, file: str, before: str = "", help: str = "") -> Finding:
    line = before.count("\n") + 1
    start = before.rfind("\n") + 1
    source = Source(file=file, line=line, column=len(before) - start + 1, excerpt=before[start:])
    return Finding(code=code, summary=summary, place=source, notes=(("help", help),) if help else ())
