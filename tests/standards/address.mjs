// Where the program is that the tests are given, and whose token they have.
export const url = process.env.BACKFILL_TEST_URL
export const token = process.env.BACKFILL_TEST_TOKEN
export const socketUrl = url.replace(/^http/, 'ws')
export const authorized = { authorization: `Bearer ${token}` }

export async function ask(query, variables = {}) {
  const answer = await fetch(url, {
    method: 'POST',
    headers: { ...authorized, 'content-type': 'application/json' },
    body: JSON.stringify({ query, variables }),
  })
  const { data, errors } = await answer.json()
  if (errors) throw new Error(JSON.stringify(errors))
  return data
}

/** Load an order of this number, which every subscriber of orderChanged is told of. */
export async function load(number) {
  const { loadSalesOrders } = await ask(
    `mutation ($number: String!) {
      loadSalesOrders(input: [{number: $number, distributionCenterCode: "STD", lines: [{skuCode: "S-1", quantity: 1}]}]) {
        orders { id } userErrors { message }
      }
    }`,
    { number },
  )
  if (loadSalesOrders.userErrors.length) throw new Error(JSON.stringify(loadSalesOrders.userErrors))
  return loadSalesOrders.orders[0].id
}
