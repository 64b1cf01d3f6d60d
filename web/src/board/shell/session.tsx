/** What the whole board shares while somebody is signed in: who it is, what there is, and the connection's state. */
import { Provider as UrqlProvider } from '@urql/preact'
import type { Client } from '@urql/core'
import { createContext, type ComponentChildren } from 'preact'
import { useContext, useEffect, useState } from 'preact/hooks'

import { isUnauthenticated, openClient } from '../../api/client.ts'
import { openConnection, whenBack, type ConnectionState } from '../../api/connection.ts'
import { announce } from '../../api/live.ts'
import { EventCursorDocument, StartDocument, type StartQuery } from '../../api/operations.ts'
import { signOut } from '../../api/session.ts'
import { followEvents } from './events.ts'

interface Session {
  start: StartQuery
  connection: ConnectionState
  /** Whether the token may change orders, and settings and schedules. */
  operates: boolean
  administers: boolean
}

const Context = createContext<Session | null>(null)

export function useSession(): Session {
  const session = useContext(Context)
  if (!session) throw new Error('useSession is for what is inside a SessionProvider')
  return session
}

/** Opens the client of a token; shows `children` as soon as the server has answered who that is. */
export function SessionProvider({
  token,
  onRefused,
  waiting,
  children,
}: {
  token: string
  onRefused: () => void
  waiting: ComponentChildren
  children: ComponentChildren
}) {
  const [connection, setConnection] = useState<ConnectionState>('connecting')
  const [opened, setOpened] = useState<{ client: Client; start: StartQuery }>()

  useEffect(() => {
    let ended = false
    let endEvents = (): void => undefined
    let timer: ReturnType<typeof setTimeout> | undefined
    const refused = (): void => {
      if (ended) return
      onRefused()
      signOut()
    }
    let cut = false
    const socket = openConnection({
      onState: (state) => {
        setConnection(state)
        // Events that were missed are sent again, so what is shown comes right by itself. What was asked in
        // vain meanwhile has to be asked again.
        if (state === 'live' && cut) announce('everything')
        cut = state === 'cut' || (cut && state !== 'live')
      },
      onUnauthenticated: refused,
      onExpired: async () => {
        for (;;) {
          const { data } = await client.query(EventCursorDocument.toString(), {}, fresh).toPromise()
          const cursor = (data as { eventCursor?: string } | undefined)?.eventCursor
          if (cursor !== undefined) {
            announce('everything')
            return cursor
          }
          await new Promise((resolve) => setTimeout(resolve, 1000))
        }
      },
    })
    const client = openClient(socket, refused)
    const begin = async (): Promise<void> => {
      const { data, error } = await client.query<StartQuery>(StartDocument.toString(), {}, fresh).toPromise()
      if (ended) return
      if (data) {
        // First the cursor, then what is shown, then the events since: nothing falls in between.
        endEvents = followEvents(client, data.eventCursor)
        setOpened({ client, start: data })
      } else if (!isUnauthenticated(error)) {
        // The server is away, or says that its database is: it will be back.
        setConnection('cut')
        timer = setTimeout(() => void begin(), 1500)
      }
    }
    void begin()
    const endLooking = whenBack(() => announce('everything'))
    return () => {
      ended = true
      clearTimeout(timer)
      endLooking()
      endEvents()
      socket.close()
    }
  }, [token, onRefused])

  if (!opened) return <>{waiting}</>
  const { role } = opened.start.viewer
  const session = {
    start: opened.start,
    connection,
    operates: role === 'ADMIN' || role === 'OPERATOR',
    administers: role === 'ADMIN',
  }
  return (
    <UrqlProvider value={opened.client}>
      <Context.Provider value={session}>{children}</Context.Provider>
    </UrqlProvider>
  )
}

const fresh = { requestPolicy: 'network-only' } as const
