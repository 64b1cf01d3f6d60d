/** After the build: draws the icons that devices want as PNG from public/icon.svg. */
import { Resvg } from '@resvg/resvg-js'
import { readFile, writeFile } from 'node:fs/promises'
import { fileURLToPath } from 'node:url'

const built = fileURLToPath(new URL('../../api/pages/built/', import.meta.url))
const svg = await readFile(built + 'icon.svg', 'utf8')
const BACKGROUND = '#1d5c52'

async function draw(name: string, drawing: string, width: number, background?: string): Promise<void> {
  const image = new Resvg(drawing, { fitTo: { mode: 'width', value: width }, ...(background && { background }) })
  await writeFile(built + name, image.render().asPng())
}

await draw('icon-192.png', svg, 192)
await draw('icon-512.png', svg, 512)
await draw('icon-180.png', svg, 180, BACKGROUND)
// Devices cut these to their own shape: the drawing stays within the middle four fifths.
await draw('icon-maskable-512.png', svg.replace('viewBox="0 0 32 32"', 'viewBox="-5 -5 42 42"'), 512, BACKGROUND)
