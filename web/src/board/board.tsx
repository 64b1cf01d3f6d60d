/** The board: signing in, then one screen at a time inside the frame. */
import { ErrorBoundary, LocationProvider, Route, Router, useLocation } from 'preact-iso'
import { useEffect } from 'preact/hooks'

import { useToken } from '../api/use-token.ts'
import { LanguageProvider, useLanguage } from '../language/language.tsx'
import { BackOrderList } from './back-orders/back-order-list.tsx'
import { PLACES } from './places.ts'
import { screen } from './screen.ts'
import { Frame } from './shell/frame.tsx'
import { SessionProvider } from './shell/session.tsx'
import { SignIn } from './shell/sign-in.tsx'

// What is not shown first is loaded when somebody goes there.
const Backlog = screen(async () => (await import('./backlog/backlog.tsx')).Backlog)
const OrderScreen = screen(async () => (await import('./order/order-screen.tsx')).OrderScreen)
const Schedule = screen(async () => (await import('./schedule/schedule.tsx')).Schedule)
const Report = screen(async () => (await import('./report/report.tsx')).Report)
const DryRun = screen(async () => (await import('./dry-run/dry-run.tsx')).DryRun)
const BulkOperations = screen(async () => (await import('./bulk/bulk-operations.tsx')).BulkOperations)
const BulkOperation = screen(async () => (await import('./bulk/bulk-operation.tsx')).BulkOperation)

export function Board() {
  return (
    <LanguageProvider>
      <SignedIn />
    </LanguageProvider>
  )
}

function SignedIn() {
  const { texts } = useLanguage()
  const { token, refused, refuse } = useToken()
  if (token === null) return <SignIn refused={refused} />
  const waiting = <p class="empty">{texts.common.loading} …</p>
  return (
    <LocationProvider>
      <SessionProvider key={token} token={token} onRefused={refuse} waiting={waiting}>
        <Frame>
          <ErrorBoundary>
            <Router>
              <Route path={PLACES.backOrders} component={BackOrderList} />
              <Route path={PLACES.backlog} component={Backlog} />
              <Route path="/board/orders/:number" component={OrderScreen} />
              <Route path={PLACES.schedule} component={Schedule} />
              <Route path={PLACES.report} component={Report} />
              <Route path={PLACES.dryRun} component={DryRun} />
              <Route path={PLACES.bulk} component={BulkOperations} />
              <Route path={`${PLACES.bulk}/:id`} component={BulkOperation} />
              <Route default component={Elsewhere} />
            </Router>
          </ErrorBoundary>
        </Frame>
      </SessionProvider>
    </LocationProvider>
  )
}

/** An address that means nothing leads to the first screen. */
function Elsewhere() {
  const { route } = useLocation()
  useEffect(() => route(PLACES.backOrders, true), [route])
  return null
}
