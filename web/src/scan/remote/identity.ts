/** Who is signed in, also while nobody can be asked: what the server said is kept for the token it said it to. */
import { ScannerStartDocument } from '../../api/operations.ts'
import { keep, kept, type ScannerDatabase } from '../queue/database.ts'
import { ask } from './ask.ts'
import { fingerprint } from './fingerprint.ts'
import type { Known } from './known.ts'

interface KeptKnown {
  token: string
  known: Known
}

const NAME = 'known'

/** What was kept for this token; undefined when it was another's, or nothing was. */
export async function keptKnown(database: ScannerDatabase, token: string): Promise<Known | undefined> {
  const found = await kept<KeptKnown>(database, NAME)
  return found?.token === fingerprint(token) ? found.known : undefined
}

/** Keep what is known for this token. */
export async function keepKnown(database: ScannerDatabase, token: string, known: Known): Promise<void> {
  await keep(database, NAME, { token: fingerprint(token), known } satisfies KeptKnown)
}

/** Ask who is signed in. What else was known of the same client stays. */
export async function learnIdentity(
  before: Known | undefined,
): Promise<{ kind: 'known'; known: Known } | { kind: 'unauthenticated' | 'unanswered' }> {
  const asked = await ask(ScannerStartDocument, {})
  if (asked.kind === 'unauthenticated') return { kind: 'unauthenticated' }
  if (asked.kind !== 'answered') return { kind: 'unanswered' }
  const same = before?.start.client.id === asked.data.client.id
  return { kind: 'known', known: { works: same ? before.works : [], skus: same ? before.skus : [], start: asked.data } }
}
