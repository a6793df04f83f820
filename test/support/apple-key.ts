import { exportPKCS8, generateKeyPair } from 'jose'

/** A key as Apple gives one, with the variables that it is configured by. */
export async function appleKey() {
  const { privateKey, publicKey } = await generateKeyPair('ES256', { extractable: true })
  const pem = await exportPKCS8(privateKey)
  const env = {
    OAUTH_APPLE_TEAM_ID: 'TEAM123456',
    OAUTH_APPLE_KEY_ID: 'KEYID12345',
    OAUTH_APPLE_PRIVATE_KEY: pem.trim().replaceAll('\n', '\\n'),
  }
  return { env, publicKey }
}
