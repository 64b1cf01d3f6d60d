"""The layout of a sheet: its number as a barcode on top, then a row with a barcode for each SKU."""

from __future__ import annotations

from datetime import datetime
from io import BytesIO
from xml.sax.saxutils import escape

from reportlab.lib import colors
from reportlab.lib.pagesizes import A4
from reportlab.lib.styles import ParagraphStyle
from reportlab.lib.units import mm
from reportlab.pdfgen.canvas import Canvas
from reportlab.platypus import (
    BaseDocTemplate,
    Flowable,
    Paragraph,
    SimpleDocTemplate,
    Spacer,
    Table,
    TableStyle,
)

from api.printing.barcodes import barcode
from domain.views.prints import Sheet, SheetLine

_MARGIN = 15 * mm
_WIDTH = A4[0] - 2 * _MARGIN
_BARCODE_WIDTH = 62 * mm
_FIGURE_WIDTH = 18 * mm

_TEXT = ParagraphStyle("Text", fontName="Helvetica", fontSize=10, leading=12)
_TITLE = ParagraphStyle("Title", fontName="Helvetica-Bold", fontSize=18, leading=24)
_GRID = TableStyle(
    [
        ("VALIGN", (0, 0), (-1, -1), "MIDDLE"),
        ("ALIGN", (2, 0), (-1, -1), "RIGHT"),
        ("LINEBELOW", (0, 0), (-1, 0), 1, colors.black),
        ("LINEBELOW", (0, 1), (-1, -1), 0.25, colors.grey),
    ]
)


def pdf(sheet: Sheet, *, printed_at: datetime) -> bytes:
    """The sheet as a PDF of as many A4 pages as it takes."""
    file = BytesIO()
    document = SimpleDocTemplate(
        file,
        pagesize=A4,
        leftMargin=_MARGIN,
        rightMargin=_MARGIN,
        topMargin=_MARGIN,
        bottomMargin=_MARGIN,
        title=f"{sheet.title} {sheet.number}",
        author="Backfill",
    )
    footer = f"{sheet.title} {sheet.number} · printed {printed_at:%Y-%m-%d %H:%M} UTC"

    def number_page(canvas: Canvas, laid_out: BaseDocTemplate) -> None:
        canvas.setFont("Helvetica", 8)
        canvas.drawString(_MARGIN, _MARGIN / 2, footer)
        canvas.drawRightString(_MARGIN + _WIDTH, _MARGIN / 2, f"page {laid_out.page}")

    document.build(
        [
            _paragraph(f"{sheet.title} {sheet.number}", _TITLE),
            barcode(sheet.number, width=_WIDTH, height=18 * mm),
            Spacer(0, 4 * mm),
            *(_paragraph(f"{name}: {value}", _TEXT) for name, value in sheet.facts),
            Spacer(0, 4 * mm),
            _lines(sheet),
        ],
        onFirstPage=number_page,
        onLaterPages=number_page,
    )
    return file.getvalue()


def _lines(sheet: Sheet) -> Flowable:
    name_width = _WIDTH - _BARCODE_WIDTH - _FIGURE_WIDTH * len(sheet.columns)
    return Table(
        [
            ["SKU", "", *sheet.columns],
            *([_name(line), _line_barcode(line), *map(str, line.figures)] for line in sheet.lines),
        ],
        colWidths=[name_width, _BARCODE_WIDTH, *[_FIGURE_WIDTH] * len(sheet.columns)],
        repeatRows=1,
        style=_GRID,
    )


def _name(line: SheetLine) -> Flowable:
    return _paragraph(f"{line.code} {line.name}", _TEXT)


def _line_barcode(line: SheetLine) -> Flowable:
    return barcode(line.barcode, width=_BARCODE_WIDTH - 4 * mm, height=11 * mm)


def _paragraph(text: str, style: ParagraphStyle) -> Flowable:
    # A paragraph reads markup, which names of SKUs must never become.
    return Paragraph(escape(text), style)
