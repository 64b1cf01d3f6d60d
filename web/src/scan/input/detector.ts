/** Reads barcodes in pictures: with the browser's own reader, or with ZXing in WebAssembly where it has none. */
import type { BarcodeDetector as Detector, BarcodeFormat } from 'barcode-detector/ponyfill'

const FORMATS: BarcodeFormat[] = [
  'code_128',
  'code_39',
  'ean_13',
  'ean_8',
  'upc_a',
  'upc_e',
  'itf',
  'qr_code',
  'data_matrix',
]
/** What every label of ours and nearly every article has: a reader without these is of no use. */
const NEEDED: BarcodeFormat[] = ['code_128', 'ean_13', 'qr_code']

type DetectorClass = typeof Detector

/** A reader of barcodes. Rejects when there is none and the fallback can't be loaded. */
export async function openDetector(): Promise<Detector> {
  const own = (globalThis as { BarcodeDetector?: DetectorClass }).BarcodeDetector
  if (own) {
    // Some phones have the reader without what it reads with.
    const formats: readonly BarcodeFormat[] = await own.getSupportedFormats().catch((): BarcodeFormat[] => [])
    if (NEEDED.every((format) => formats.includes(format))) {
      return new own({ formats: FORMATS.filter((format) => formats.includes(format)) })
    }
  }
  return (await import('./fallback.ts')).openFallback(FORMATS)
}
