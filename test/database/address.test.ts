import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { readAddress } from '../../src/database/tcp/address.ts'

const folder = mkdtempSync(join(tmpdir(), 'edge-auth-address-'))
afterAll(() => rmSync(folder, { recursive: true }))
const authority = join(folder, 'ca.crt')
writeFileSync(authority, 'a certificate')

const read = (url: string) => readAddress(url).client

describe('what a connection string says', () => {
  it.each<[string, object]>([
    [
      'postgres://u:p@h/db',
      { host: 'h', port: 5432, user: 'u', password: 'p', database: 'db', ssl: false },
    ],
    ['postgresql://u:p@h:6543/db', { host: 'h', port: 6543 }],
    ['postgres://u:p@[::1]:5433/db', { host: '::1', port: 5433 }],
    [
      'postgres://u:p@/db?host=/run/postgresql',
      { host: '/run/postgresql', ssl: false, database: 'db' },
    ],
    [
      'postgres:///db?host=/tmp&user=u&port=6000',
      { host: '/tmp', port: 6000, user: 'u', database: 'db' },
    ],
    ['postgres://u:p@/db?host=/cloudsql/pro:reg:inst', { host: '/cloudsql/pro:reg:inst' }],
    ['postgres://u:p@%2Frun%2Fpostgresql/db', { host: '/run/postgresql', database: 'db' }],
    ['postgres://u:p@h/my%2Fdb%40x%20y', { database: 'my/db@x y' }],
    ['postgres://u:p@h/100%25', { database: '100%' }],
    ['postgres://u:p@h/x?dbname=db', { database: 'db' }],
    ['postgres://u:100%@h/db', { password: '100%', host: 'h' }],
    ['postgres://u:a%b%40c%2F%@h/db', { password: 'a%b@c/%', host: 'h' }],
    ['postgres://u%40x:p@h/db', { user: 'u@x' }],
    ['postgres://u:p@h/db?application_name=mine', { application_name: 'mine' }],
    ['postgres://u:p@h/db?fallback_application_name=mine', { application_name: 'mine' }],
    ['postgres://u:p@h/db', { application_name: 'edge-auth' }],
    ['postgres://u:p@h/db?options=-c%20search_path%3Dauth', { options: '-c search_path=auth' }],
  ])('%s', (url, said) => {
    expect(read(url)).toMatchObject(said)
  })

  it.each<[string, unknown]>([
    ['', false],
    ['?sslmode=disable', false],
    ['?sslmode=require', {}],
    ['?sslmode=verify-ca', {}],
    ['?sslmode=verify-full', {}],
    ['?sslmode=verify-full&sslrootcert=system', {}],
    [`?sslmode=require&sslrootcert=${authority}`, { ca: 'a certificate' }],
    [`?sslrootcert=${authority}`, { ca: 'a certificate' }],
    ['?sslmode=no-verify', { rejectUnauthorized: false }],
    ['?sslmode=prefer', { rejectUnauthorized: false }],
    ['?uselibpqcompat=true&sslmode=require', { rejectUnauthorized: false }],
    ['?ssl=true', {}],
    ['?ssl=1', {}],
    ['?ssl=false', false],
    ['?ssl=0', false],
    ['?ssl=no-verify', { rejectUnauthorized: false }],
    ['?uselibpqcompat=true&sslmode=no-verify', { rejectUnauthorized: false }],
  ])('TLS by %s', (words, ssl) => {
    expect(read(`postgres://u:p@h/db${words}`).ssl).toEqual(ssl)
  })

  it('binds the channel where that was asked for and there is TLS', () => {
    expect(read('postgres://u:p@h/db?sslmode=require&channel_binding=require')).toMatchObject({
      enableChannelBinding: true,
    })
    expect(read('postgres://u:p@h/db?channel_binding=prefer').enableChannelBinding).toBe(false)
  })
})

describe('whether a pooler lends its sessions by the transaction', () => {
  it.each<[string, object, boolean]>([
    ['postgres://h/db', {}, false],
    ['postgres://h/db?pgbouncer=true', {}, true],
    ['postgres://ep-cool-name-123-pooler.eu-central-1.aws.neon.tech/db', {}, true],
    ['postgres://ep-cool-name-123.eu-central-1.aws.neon.tech/db', {}, false],
    ['postgres://aws-0-eu-central-1.pooler.supabase.com:6543/db', {}, true],
    ['postgres://aws-0-eu-central-1.pooler.supabase.com:5432/db', {}, false],
    ['postgres://h/db', { pooler: 'transaction' }, true],
    ['postgres://h/db?pgbouncer=true', { pooler: 'session' }, false],
  ])('%s %o: %s', (url, settings, isOne) => {
    expect(readAddress(url, settings).isTransactionPooler).toBe(isOne)
  })
})

it('takes the number of connections from the setting, the string, or neither', () => {
  expect(readAddress('postgres://h/db').poolSize).toBe(10)
  expect(readAddress('postgres://h/db?connection_limit=4').poolSize).toBe(4)
  expect(readAddress('postgres://h/db?connection_limit=4', { poolSize: 7 }).poolSize).toBe(7)
})

/** Words of libpq, Prisma, JDBC and hosters: what is not done here either means nothing or is refused at the start. */
describe('words of others', () => {
  it.each([
    'keepalives=1',
    'keepalives_idle=30',
    'keepalives_interval=10',
    'keepalives_count=5',
    'connect_timeout=10',
    'tcp_user_timeout=1000',
    'target_session_attrs=any',
    'target_session_attrs=read-write',
    'fallback_application_name=x',
    'gssencmode=disable',
    'sslsni=1',
    'krbsrvname=postgres',
    'load_balance_hosts=disable',
    'client_encoding=UTF8',
    'schema=public',
    'connection_limit=5',
    'pool_timeout=10',
    'pgbouncer=true',
    'pgbouncer=false',
    'statement_cache_size=0',
    'prepareThreshold=0',
    'sslaccept=strict',
    'socket_timeout=5',
    'supa=base-pooler.x',
    'uselibpqcompat=true',
    'sslnegotiation=postgres',
    'sslcompression=0',
  ])('%s is taken', (word) => {
    const { client } = readAddress(`postgres://u:p@h/db?${word}`)
    expect(client).toMatchObject({ host: 'h', database: 'db', user: 'u', password: 'p' })
  })

  it.each([
    'service=x',
    'passfile=/x',
    'hostaddr=127.0.0.1',
    'sslcrl=/x',
    'require_auth=scram-sha-256',
    'requirepeer=postgres',
    'ssl_min_protocol_version=TLSv1.3',
    'sslpassword=x',
    'replication=true',
    'target_session_attrs=standby',
    'gssencmode=require',
    'sslmode=on',
    'schema=auth',
    'client_encoding=latin1',
    'pipeline=false',
    'binary=1',
    'stream=x',
    'types=x',
    'sslmod=require',
    'load_balance_hosts=random',
  ])('%s is refused', (word) => {
    expect(() => readAddress(`postgres://u:p@h/db?${word}`)).toThrow(/DATABASE_URL: has /)
  })
})

describe('what cannot be read', () => {
  it.each<[string, RegExp]>([
    ['postgres://u:secret@h1:5432,h2:5432/db', /several hosts/],
    ['postgres://u:secret@h1,h2/db', /several hosts/],
    ['postgres://u:secret@/db?host=h1,h2', /several hosts/],
    ['postgres://u:secret#x@h/db', /percent-encoded/],
    ['postgres://u:secret/x@h/db', /percent-encoded/],
    ['postgres://u:secret?x=y@h/db', /percent-encoded/],
    ['postgres://u:4/secret@h/db', /percent-encoded/],
    ['postgres://u:4#secret@h/db', /percent-encoded/],
    ['postgres://u:p?secret&def@h/db', /percent-encoded/],
    ['postgres://u:secret@h:99999/db', /percent-encoded|port/],
    ['postgres://u:secret@h/db?port=0x', /port/],
    ['postgres://u:secret@h/%ff', /percent-encoded/],
    ['postgres://u:secret@h/db?sslrootcert=/no/such/file', /cannot be read \(ENOENT\)/],
  ])('%s', (url, why) => {
    expect(() => readAddress(url)).toThrow(why)
    expect(() => readAddress(url)).not.toThrow(/secret/)
  })
})

/** What would be another protection than was asked for, without a word. */
describe('words that contradict each other are refused', () => {
  it.each([
    'channel_binding=require',
    'channel_binding=require&sslmode=prefer',
    'channel_binding=require&sslmode=no-verify',
    'channel_binding=require&sslmode=require&uselibpqcompat=true',
    'sslmode=prefer&sslmode=verify-full',
    'ssl=true&sslmode=prefer',
    'sslmode=prefer&sslrootcert=system',
    'sslmode=disable&sslnegotiation=direct',
    'sslmode=prefer&sslnegotiation=direct',
    'uselibpqcompat=true&sslmode=verify-ca',
  ])('%s', (words) => {
    expect(() => readAddress(`postgres://u:p@h/db?${words}`)).toThrow(/DATABASE_URL: (has|asks)/)
  })
})

it('describes where it is, and nobody’s name or password', () => {
  const { description } = readAddress('postgres://somebody:secret@h:6000/db?sslmode=require')
  expect(description).toBe('host h, port 6000, database db, TLS with the certificate verified')
  expect(readAddress('postgres://u@h/db?ssl=no-verify').description).toMatch(
    /with any certificate$/,
  )
  expect(readAddress('postgres://u@h/db?ssl=false').description).toMatch(/TLS off$/)
  expect(readAddress('postgres://somebody:secret@/?host=/tmp').description).toBe(
    'socket /tmp/.s.PGSQL.5432, database by default, TLS off',
  )
})
