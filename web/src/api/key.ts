/**
 * A new key for a request that changes something: sent again with it, the request is answered from the first time.
 *
 * `crypto.randomUUID` is for pages over HTTPS only, and a board may well be read in a warehouse's own network.
 */
export function newKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16))
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('')
}
