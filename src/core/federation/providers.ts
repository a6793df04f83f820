import { OPENID, type ProviderSpec } from './spec.ts'

const CHOOSE = { prompt: 'select_account' }
const LOG_IN = { prompt: 'login' }

/** The providers of `names.ts`. Each is one literal; the comments say where they leave the standards. */
export const SPECS: Readonly<Record<string, ProviderSpec>> = {
  google: {
    ...OPENID,
    issuer: 'https://accounts.google.com',
    origins: [
      'https://oauth2.googleapis.com',
      'https://openidconnect.googleapis.com',
      'https://www.googleapis.com',
    ],
    clientAuth: 'client_secret_post',
    // It refuses prompt=login, and does not say when somebody logged in.
    atLogin: CHOOSE,
    atReauth: CHOOSE,
    authoritativeDomains: ['gmail.com', 'googlemail.com'],
    hostedDomainBy: 'hd',
  },
  github: {
    issuer: 'https://github.com/login/oauth',
    endpoints: {
      authorization: 'https://github.com/login/oauth/authorize',
      token: 'https://github.com/login/oauth/access_token',
      profile: 'https://api.github.com/user',
      emails: 'https://api.github.com/user/emails',
    },
    origins: [],
    scope: 'read:user user:email',
    clientAuth: 'client_secret_post',
    atLogin: CHOOSE,
    atReauth: CHOOSE,
    // The login can be given up, and taken by somebody else.
    subject: '{id}',
    email: '{email}',
    verifiedBy: 'email_verified',
    authoritativeDomains: [],
    username: '{login}',
    displayName: '{name}',
    avatarUrl: '{avatar_url}',
  },
  apple: {
    ...OPENID,
    issuer: 'https://appleid.apple.com',
    scope: 'openid email name',
    clientAuth: 'client_secret_post',
    lacksUserinfo: true,
    authoritativeDomains: ['privaterelay.appleid.com', 'icloud.com', 'me.com', 'mac.com'],
  },
  microsoft: {
    ...OPENID,
    issuer: 'https://login.microsoftonline.com/{tenantid}/v2.0',
    tenant: 'common',
    origins: ['https://graph.microsoft.com'],
    clientAuth: 'client_secret_post',
    atLogin: CHOOSE,
    atReauth: LOG_IN,
    lacksUserinfo: true,
    // `sub` is another one for each client; these stay.
    subject: '{tid}:{oid}',
    // Any admin of a tenant may write any email there. Only this claim says that the domain is theirs.
    verifiedBy: 'xms_edov',
  },
  discord: {
    issuer: 'https://discord.com',
    endpoints: {
      authorization: 'https://discord.com/oauth2/authorize',
      token: 'https://discord.com/api/oauth2/token',
      profile: 'https://discord.com/api/users/@me',
    },
    origins: [],
    scope: 'identify email',
    clientAuth: 'client_secret_post',
    atReauth: { prompt: 'consent' },
    subject: '{id}',
    email: '{email}',
    verifiedBy: 'verified',
    authoritativeDomains: [],
    username: '{username}',
    displayName: '{global_name}',
    avatarUrl: 'https://cdn.discordapp.com/avatars/{id}/{avatar}.png',
    locale: '{locale}',
  },
  gitlab: {
    ...OPENID,
    issuer: 'https://gitlab.com',
    clientAuth: 'client_secret_post',
    // With max_age=0 it would ask for the log-in for ever.
    atReauth: LOG_IN,
  },
  facebook: {
    issuer: 'https://www.facebook.com',
    endpoints: {
      authorization: 'https://www.facebook.com/v23.0/dialog/oauth',
      token: 'https://graph.facebook.com/v23.0/oauth/access_token',
      profile: 'https://graph.facebook.com/v23.0/me?fields=id,name,email,picture.type(large)',
    },
    origins: [],
    scope: 'email public_profile',
    clientAuth: 'client_secret_post',
    atReauth: { auth_type: 'reauthenticate' },
    subject: '{id}',
    // Nobody says whether it is verified.
    email: '{email}',
    authoritativeDomains: [],
    displayName: '{name}',
    avatarUrl: '{picture.data.url}',
  },
  linkedin: {
    ...OPENID,
    issuer: 'https://www.linkedin.com/oauth',
    origins: ['https://www.linkedin.com', 'https://api.linkedin.com'],
    // It answers invalid_client to a code_verifier, and leaves the nonce out of the id_token.
    lacksPkce: true,
    lacksNonce: true,
    clientAuth: 'client_secret_post',
    // An object of its own kind there.
    locale: '{locale.language}',
  },
  slack: {
    ...OPENID,
    issuer: 'https://slack.com',
    clientAuth: 'client_secret_post',
    // `sub` is of one workspace, and may be somebody else in another.
    subject: '{https://slack.com/team_id}:{https://slack.com/user_id}',
  },
  x: {
    issuer: 'https://x.com',
    endpoints: {
      authorization: 'https://x.com/i/oauth2/authorize',
      token: 'https://api.x.com/2/oauth2/token',
      profile:
        'https://api.x.com/2/users/me?user.fields=confirmed_email,name,profile_image_url,username',
    },
    origins: [],
    scope: 'users.read users.email tweet.read',
    clientAuth: 'client_secret_basic',
    subject: '{data.id}',
    email: '{data.confirmed_email}',
    verifiedBy: true,
    authoritativeDomains: [],
    username: '{data.username}',
    displayName: '{data.name}',
    avatarUrl: '{data.profile_image_url}',
  },
}
