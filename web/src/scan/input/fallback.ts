/** ZXing in WebAssembly, with its program from this server and from nowhere else. */
import { BarcodeDetector, prepareZXingModule, type BarcodeFormat } from 'barcode-detector/ponyfill'
import program from 'zxing-wasm/reader/zxing_reader.wasm?url'

/** A reader of these formats; it is ready once its program is loaded. */
export async function openFallback(formats: BarcodeFormat[]): Promise<BarcodeDetector> {
  await prepareZXingModule({ overrides: { locateFile: () => program }, fireImmediately: true })
  return new BarcodeDetector({ formats })
}
