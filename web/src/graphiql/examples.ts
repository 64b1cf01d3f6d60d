/** The example operations: the .graphql files of the folder examples, each with its name and what it shows. */
const files = import.meta.glob<string>('./examples/*.graphql', { query: '?raw', import: 'default', eager: true })

export interface Example {
  title: string
  document: string
}

/** In the order of their files' names; the first line of each, a comment, is its title. */
export const EXAMPLES: Example[] = Object.entries(files)
  .sort(([a], [b]) => a.localeCompare(b))
  .map(([, document]) => ({ title: document.split('\n', 1)[0]?.replace(/^# */, '') ?? '', document }))
