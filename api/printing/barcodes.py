"""Barcodes that a hand-held scanner reads off paper."""

from __future__ import annotations

from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.units import mm
from reportlab.platypus import Flowable

# The narrowest bar that cheap scanners and worn printers still agree on.
_NARROWEST_BAR = 0.25 * mm
_WIDEST_BAR = 0.4 * mm


def barcode(text: str, *, width: float, height: float) -> Flowable:
    """A Code 128 of the text that fits into `width` (points); else a QR code that is as high as `height`.

    Code 128 knows ASCII only, and a long number in it would be wider than the paper.
    """
    if text.isascii():
        modules = Code128(text, barWidth=1.0, quiet=True).width
        bar = min(width / modules, _WIDEST_BAR)
        if bar >= _NARROWEST_BAR:
            linear: Flowable = Code128(text, barWidth=bar, barHeight=height, quiet=True)
            return linear
    drawing = Drawing(height, height)
    drawing.add(QrCodeWidget(text, barWidth=height, barHeight=height, barLevel="M"))
    return drawing
