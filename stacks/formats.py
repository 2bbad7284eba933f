"""Diagnostics for machines: JSON, GitHub's annotations, SARIF."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

from providers.contract.diagnostic import Diagnostic, Source

SARIF_SCHEMA: Final = "https://json.schemastore.org/sarif-2.1.0.json"


def to_plain(diagnostic: Diagnostic) -> dict[str, Any]:
    """Terraform's shape for equal meanings (severity, summary, detail, address, range, snippet), ours beside it."""
    source = diagnostic.source
    plain: dict[str, Any] = {
        "severity": diagnostic.severity.value,
        "code": diagnostic.code,
        "summary": diagnostic.summary,
        "detail": diagnostic.detail,
    }
    if diagnostic.address:
        plain["address"] = diagnostic.address
    if diagnostic.label:
        plain["label"] = diagnostic.label
    if diagnostic.notes:
        plain["notes"] = [{"word": word, "text": text} for word, text in diagnostic.notes]
    if source is not None:
        plain["range"] = _range(source)
        if source.excerpt:
            plain["snippet"] = _snippet(source)
    return plain


def _range(source: Source) -> dict[str, Any]:
    end_line, end_column = source.end_line or source.line, source.end_column or source.column
    return {
        "filename": source.file,
        "start": {"line": source.line, "column": source.column},
        "end": {"line": end_line, "column": end_column},
    }


def _snippet(source: Source) -> dict[str, Any]:
    end = source.end_column - 1 if source.end_column else source.column
    return {
        "code": source.excerpt,
        "start_line": source.line,
        "highlight_start_offset": source.column - 1,
        "highlight_end_offset": end,
    }


def to_json(diagnostics: Sequence[Diagnostic], files: int) -> str:
    """What `validate --format json` prints: one object."""
    errors = sum(item.is_error for item in diagnostics)
    document = {
        "format_version": "1.0",
        "valid": errors == 0,
        "error_count": errors,
        "warning_count": len(diagnostics) - errors,
        "files": files,
        "diagnostics": [to_plain(item) for item in diagnostics],
    }
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"


def to_github(diagnostics: Sequence[Diagnostic]) -> str:
    """Workflow commands, one line each."""
    return "".join(_annotation(item) + "\n" for item in diagnostics)


def _annotation(diagnostic: Diagnostic) -> str:
    source = diagnostic.source
    fields: list[tuple[str, object]] = []
    if source is not None:
        fields = [("file", source.file), ("line", source.line), ("col", source.column)]
        if source.end_line:
            fields += [("endLine", source.end_line), ("endColumn", source.end_column)]
    fields.append(("title", f"{diagnostic.code}: {diagnostic.summary}"))
    told = ",".join(f"{name}={_property(str(value))}" for name, value in fields)
    return f"::{diagnostic.severity} {told}::{_data(message(diagnostic))}"


def message(diagnostic: Diagnostic) -> str:
    """All that is said of it, as plain lines."""
    lines = [diagnostic.summary, diagnostic.label, diagnostic.detail, *(f"{word}: {text}" for word, text in diagnostic.notes)]
    return "\n".join(line for line in lines if line)


def _data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _data(text).replace(":", "%3A").replace(",", "%2C")


def to_sarif(diagnostics: Sequence[Diagnostic], version: str) -> str:
    """SARIF 2.1.0, one run."""
    rules = sorted({item.code for item in diagnostics})
    tool = {"driver": {"name": "plumb", "version": version, "rules": [{"id": code} for code in rules]}}
    run = {
        "tool": tool,
        "columnKind": "unicodeCodePoints",
        "results": [_result(item, rules.index(item.code)) for item in diagnostics],
    }
    return json.dumps({"$schema": SARIF_SCHEMA, "version": "2.1.0", "runs": [run]}, indent=2, ensure_ascii=False) + "\n"


def _result(diagnostic: Diagnostic, rule: int) -> dict[str, Any]:
    result: dict[str, Any] = {
        "ruleId": diagnostic.code,
        "ruleIndex": rule,
        "level": diagnostic.severity.value,
        "message": {"text": message(diagnostic)},
    }
    source = diagnostic.source
    if source is not None:
        region: dict[str, Any] = {"startLine": source.line, "startColumn": source.column}
        if source.end_line:
            region |= {"endLine": source.end_line, "endColumn": source.end_column}
        place = {"artifactLocation": {"uri": source.file, "uriBaseId": "%SRCROOT%"}, "region": region}
        result["locations"] = [{"physicalLocation": place}]
    return result
