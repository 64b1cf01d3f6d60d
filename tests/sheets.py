"""Printed sheets, as a scanner and a person read them."""

from __future__ import annotations

from pathlib import Path

import pypdfium2  # type: ignore[import-untyped] # it comes without types
import zxingcpp


def scanned(pdf: bytes | Path) -> list[str]:
    """What a scanner reads on the pages, from top to bottom."""
    codes = []
    for page in pypdfium2.PdfDocument(pdf):
        found = zxingcpp.read_barcodes(page.render(scale=3).to_pil())
        codes += [code.text for code in sorted(found, key=lambda code: code.position.top_left.y)]
    return codes


def text_of(pdf: bytes | Path) -> str:
    """What a person reads on the pages."""
    return "\n".join(page.get_textpage().get_text_range() for page in pypdfium2.PdfDocument(pdf))
