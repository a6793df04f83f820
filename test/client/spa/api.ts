import { type AccessClaims, verifyRequest } from 'edge-auth-client/server'

export async function answer(request: Request): Promise<Response> {
  const verified = await verifyRequest(request, {
    jwksUrl: 'https://auth.example.org/.well-known/jwks.json',
    issuer: 'edge-auth',
    audience: 'edge-auth',
    permission: 'articles:write',
  })
  if (!verified.ok) return verified.response
  const { sub, roles }: AccessClaims = verified.claims
  return Response.json({ sub, roles })
}
