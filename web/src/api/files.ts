import { nameOf } from './disposition.ts'
import { authorization } from './session.ts'

/**
 * Fetch a file that takes the token, and hand it to the browser under the name the server gives it.
 *
 * Throws an Error when the server does not answer with the file.
 */
export async function fetchFile(path: string): Promise<void> {
  const answer = await fetch(path, { headers: { ...authorization() } })
  if (!answer.ok) throw new Error(`${path}: ${answer.status}`)
  const url = URL.createObjectURL(await answer.blob())
  const link = document.createElement('a')
  link.href = url
  link.download = nameOf(answer.headers.get('Content-Disposition')) ?? path.split('/').at(-1) ?? 'file'
  link.click()
  setTimeout(() => URL.revokeObjectURL(url), 60_000)
}
