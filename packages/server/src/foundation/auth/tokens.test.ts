// Tokens by secret, by public key and by key set; everything else is refused.
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { TokenVerifier } from './tokens.ts'

const secret = 'a secret of the tests'
const key = new TextEncoder().encode(secret)
const base = { secrets: () => [secret], publicKeys: [] }
const draft = (claims: Record<string, unknown> = {}) =>
  new SignJWT(claims).setSubject('ada').setExpirationTime('1h')
const pairs = {
  RS256: await generateKeyPair('RS256', { extractable: true }),
  ES256: await generateKeyPair('ES256', { extractable: true }),
}

describe('tokens signed with the secret', () => {
  it('name the user and carry claims', async () => {
    const token = await draft({ name: 'Ada', avatar: 'a.png', org: 7 })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(key)
    const { user, expiresAt } = await new TokenVerifier(base).verify(token)
    expect(user).toMatchObject({ id: 'ada', name: 'Ada', avatar: 'a.png', org: 7 })
    expect(expiresAt).toBeGreaterThan(Date.now())
  })

  it.each([
    ['a number as user', { sub: 42 }],
    ['a list as user', { sub: ['ada'] }],
    ['no user', { sub: null }],
    ['a user that can not be stored', { sub: 'a\0b' }],
    ['half a character as user', { sub: 'a\ud800' }],
    ['a name that can not be stored', { sub: 'ada', name: 'nul \0' }],
    ['a picture that can not be stored', { sub: 'ada', avatar: '\udc00' }],
  ])('with %s are refused', async (_what, claims) => {
    const token = await new SignJWT(JSON.parse(JSON.stringify(claims)))
      .setExpirationTime('1h')
      .setProtectedHeader({ alg: 'HS256' })
      .sign(key)
    await expect(new TokenVerifier(base).verify(token)).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('never have a name cut within a character', async () => {
    const token = await draft({ name: `${'x'.repeat(99)}😀😀` })
      .setProtectedHeader({ alg: 'HS256' })
      .sign(key)
    const { user } = await new TokenVerifier(base).verify(token)
    expect(user.name).toBe(`${'x'.repeat(99)}😀`)
  })

  it('must carry the configured issuer and audience', async () => {
    const token = await draft()
      .setIssuer('app')
      .setAudience('web')
      .setProtectedHeader({ alg: 'HS256' })
      .sign(key)
    await expect(
      new TokenVerifier({ ...base, issuer: 'app', audience: 'web' }).verify(token),
    ).resolves.toBeDefined()
    await expect(new TokenVerifier({ ...base, issuer: 'other' }).verify(token)).rejects.toMatchObject({
      code: 'unauthorized',
    })
  })
})

describe.each(['RS256', 'ES256'] as const)('tokens signed with %s', (alg) => {
  const sign = () => draft().setProtectedHeader({ alg, kid: alg }).sign(pairs[alg].privateKey)

  it('are accepted by a public key among several', async () => {
    const publicKeys = await Promise.all(Object.values(pairs).map(({ publicKey }) => exportSPKI(publicKey)))
    expect((await new TokenVerifier({ ...base, publicKeys }).verify(await sign())).user.id).toBe('ada')
  })

  it('are refused when no key fits', async () => {
    const stranger = await generateKeyPair(alg, { extractable: true })
    const publicKeys = [await exportSPKI(stranger.publicKey)]
    await expect(new TokenVerifier({ ...base, publicKeys }).verify(await sign())).rejects.toMatchObject({
      code: 'unauthorized',
    })
    await expect(new TokenVerifier(base).verify(await sign())).rejects.toMatchObject({ code: 'unauthorized' })
  })

  it('are refused when the public key is used as a secret', async () => {
    const pem = await exportSPKI(pairs[alg].publicKey)
    const forged = await draft().setProtectedHeader({ alg: 'HS256' }).sign(new TextEncoder().encode(pem))
    await expect(new TokenVerifier({ ...base, publicKeys: [pem] }).verify(forged)).rejects.toMatchObject({
      code: 'unauthorized',
    })
  })

  describe('by a key set', () => {
    let server: Server
    let jwks: string
    beforeAll(async () => {
      const keys = await Promise.all(
        Object.entries(pairs).map(async ([kid, { publicKey }]) => ({
          ...(await exportJWK(publicKey)),
          kid,
          alg: kid,
        })),
      )
      server = createServer((_request, response) => response.end(JSON.stringify({ keys })))
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
      jwks = `http://127.0.0.1:${(server.address() as AddressInfo).port}/keys`
    })
    afterAll(() => server.close())

    it('are accepted', async () => {
      expect((await new TokenVerifier({ ...base, jwks }).verify(await sign())).user.id).toBe('ada')
    })

    it('are told to come back when the key set is out of reach', async () => {
      const unreachable = new TokenVerifier({ ...base, jwks: 'http://127.0.0.1:1/keys' })
      await expect(unreachable.verify(await sign())).rejects.toMatchObject({ code: 'unavailable' })
    })

    it.each([
      ['fails', 500, '{}'],
      ['answers with something else', 200, '<html>'],
      ['holds no keys', 200, '{}'],
    ])('are told to come back when the key set %s', async (_what, status, body) => {
      const failing = createServer((_request, response) => response.writeHead(status).end(body))
      await new Promise<void>((resolve) => failing.listen(0, '127.0.0.1', resolve))
      const address = `http://127.0.0.1:${(failing.address() as AddressInfo).port}/keys`
      const verifier = new TokenVerifier({ ...base, jwks: address })
      await expect(verifier.verify(await sign())).rejects.toMatchObject({ code: 'unavailable' })
      failing.closeAllConnections()
      failing.close()
    })
  })
})
