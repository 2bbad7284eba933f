"""`files:` of a stack: text, zips and folders of the same commit. Equal trees give equal bytes."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from engine.expressions import nearest
from providers.contract.values import Path, Value
from stacks.codes import Code
from stacks.findings import Findings, Place
from stacks.tree import PathError, Tree, folder_of, join

FILE_BYTES: Final = 50_000_000
"""Of all files behind one entry together."""

_TIME: Final = (1980, 1, 1, 0, 0, 0)


def under(paths: Sequence[str], folder: str) -> list[str]:
    """The files below a folder, sorted; the file itself where `folder` is one."""
    prefix = f"{folder}/" if folder else ""
    return sorted(path for path in paths if path == folder or path.startswith(prefix))


def zipped(entries: Sequence[tuple[str, bytes]]) -> bytes:
    """A zip with fixed times and modes: the same bytes for the same names and contents, on every machine."""
    import io
    import zipfile

    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name, data in entries:
            entry = zipfile.ZipInfo(name, _TIME)
            entry.external_attr = 0o644 << 16
            entry.create_system = 3
            archive.writestr(entry, data)
    return buffer.getvalue()


@dataclass(slots=True)
class Contents:
    tree: Tree
    findings: Findings

    def value(self, entry: dict[str, Any], file: str, path: Path) -> Value:
        """What `files.NAME` is: text, or {base64, sha256, size}, or a map of path to text. None after a problem."""
        if len(entry) != 1:
            summary = "a file is one of text, zip, folder"
            self.findings.add(Code.FORMS, summary, Place(file=file, path=path, on_key=True))
            return None
        ((form, written),) = entry.items()
        place = Place(file=file, path=(*path, form))
        found = self.paths(written, file, place)
        if not found:
            return None
        target, paths = found
        if sum(len(self.tree.read(name)) for name in paths) > FILE_BYTES:
            self.findings.add(Code.LIMIT, f"more than {FILE_BYTES:,} bytes are behind {written}", place)
            return None
        if form == "text":
            return self._text(target, paths, place)
        if form == "folder":
            texts = {self._inside(target, name): self._text(name, [name], place) for name in paths}
            return {name: text for name, text in texts.items() if text is not None}
        data = zipped([(self._inside(target, name), self.tree.read(name)) for name in paths])
        digest = hashlib.sha256(data).hexdigest()
        return {"base64": base64.b64encode(data).decode(), "sha256": digest, "size": len(data)}

    def paths(self, written: str, file: str, place: Place) -> tuple[str, list[str]] | None:
        """The path meant, and the files at or below it; a problem where there are none."""
        try:
            target = join(folder_of(file), written)
        except PathError as error:
            self.findings.add(Code.BAD_VALUE, str(error), place)
            return None
        known = self.tree.paths()
        found = under(known, target)
        if not found:
            siblings = {path for path in known if folder_of(path) == folder_of(target)}
            siblings |= {folder_of(path) for path in known if folder_of(folder_of(path)) == folder_of(target)}
            near = nearest(target, siblings - {folder_of(target)})
            help = f"did you mean {near}?" if near else "a path is relative to the file it is written in"
            self.findings.add(Code.FILE_MISSING, f"there is no {target} in this tree", place, help=help)
            return None
        return target, found

    def _inside(self, target: str, path: str) -> str:
        return path[len(target) + 1 :] if path != target else path.rpartition("/")[2]

    def _text(self, target: str, paths: list[str], place: Place) -> str | None:
        if paths != [target]:
            self.findings.add(Code.BAD_VALUE, f"{target} is a folder, not a file", place, help="write folder: or zip:")
            return None
        try:
            return self.tree.read(target).decode()
        except UnicodeDecodeError:
            self.findings.add(Code.ENCODING, f"{target} is no UTF-8 text", place, help="write zip: for what is no text")
            return None
