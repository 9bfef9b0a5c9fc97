// Requests as an application's backend signs them, each made once.
import { createHash, createHmac } from 'node:crypto'

/** Posts a body with the app's development secret; the status and what was answered. */
export async function signedRequest<T>(
  url: string,
  path: string,
  body: object,
  secret = 'dev-secret',
): Promise<{ readonly status: number; readonly answer: T }> {
  const text = JSON.stringify(body)
  const timestamp = String(Date.now())
  const hash = createHash('sha256').update(text).digest('hex')
  const signature = createHmac('sha256', secret).update(`${timestamp}\nPOST\n${path}\n${hash}`).digest('hex')
  const response = await fetch(url + path, {
    method: 'POST',
    body: text,
    headers: {
      'content-type': 'application/json',
      'x-nowcast-key': 'dev-key',
      'x-nowcast-timestamp': timestamp,
      'x-nowcast-signature': signature,
    },
  })
  return { status: response.status, answer: (await response.json()) as T }
}
