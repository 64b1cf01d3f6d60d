/**
 * The device's database: the queue of scans, and what is known without asking the server.
 *
 * A scan is recorded when its transaction is complete and on the disk, and not before anybody is told so.
 */
import { openDB, type DBSchema, type IDBPDatabase } from 'idb'

import type { Scan } from './scan.ts'

interface Tables extends DBSchema {
  scans: { key: number; value: Scan; indexes: { key: string } }
  kept: { key: string; value: unknown }
}

export type ScannerDatabase = IDBPDatabase<Tables>

const NAME = 'backfill-scanner'

/**
 * Open it, and make it where it is not there. `onStale` is called when it can be used no longer: a newer page needs this
 * one out of its way, or the browser has closed it, as when its user clears the page's data.
 */
export function openDatabase(onStale: () => void = () => undefined): Promise<ScannerDatabase> {
  return openDB<Tables>(NAME, 1, {
    upgrade: (database) => {
      const scans = database.createObjectStore('scans', { keyPath: 'place', autoIncrement: true })
      scans.createIndex('key', 'key', { unique: true })
      database.createObjectStore('kept')
    },
    blocking: onStale,
    terminated: onStale,
  })
}

/** What was kept under a name. */
export async function kept<Value>(database: ScannerDatabase, name: string): Promise<Value | undefined> {
  return (await database.get('kept', name)) as Value | undefined
}

/** Keep a value under a name. */
export async function keep(database: ScannerDatabase, name: string, value: unknown): Promise<void> {
  await database.put('kept', value, name)
}
