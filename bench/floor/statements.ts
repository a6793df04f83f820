// The service's statements in plain SQL. They read and write the same rows, so that the floor does no less work. Only
// limits are left out: what they cost shows in the ratio.

const LIVE = `s.revoked_at is null and s.idle_expires_at > now() and s.expires_at > now()
  and u.disabled_at is null and (s.epoch = u.session_epoch or s.id = u.kept_session_id)`

/** Parameters: session, user. */
export const SELECT_ACTOR = `select u.id, u.username, u.email, u.email_verified_at is not null as email_verified, u.created_at
  from edge_auth.sessions s join edge_auth.users u on u.id = s.user_id where s.id = $1 and u.id = $2 and ${LIVE}`

/** Parameters: session, user, generation, issued at, address, user agent. */
export const ADVANCE_SESSION = `update edge_auth.sessions s
  set generation = s.generation + 1, issued_at = $4, rotated_at = now(),
    idle_expires_at = now() + interval '1 day', purge_on = current_date + 1, ip = $5, user_agent = $6
  from edge_auth.users u where s.id = $1 and s.user_id = $2 and u.id = s.user_id and s.generation = $3 and ${LIVE}
  returning u.id, u.username, u.email, s.generation`

/** Parameters: canonical username. */
export const SELECT_ACCOUNT = `select u.id, u.username, u.email, u.session_epoch, c.password_hash
  from edge_auth.users u join edge_auth.credentials c on c.user_id = u.id where u.username_key = $1 and u.disabled_at is null`

/**
 * Parameters: session, user, epoch, issued at, address, user agent. It also records the last log-in, as the contract
 * requires.
 */
export const INSERT_SESSION = `with entered as (
    update edge_auth.users set login_count = login_count + 1, last_login_at = now()
    where id = $2 and session_epoch = $3 and disabled_at is null
    returning id, session_epoch)
  insert into edge_auth.sessions
    (id, user_id, epoch, issued_at, idle_expires_at, expires_at, purge_on, ip, user_agent)
  select $1, id, session_epoch, $4, now() + interval '1 day', now() + interval '30 days', current_date + 1, $5, $6
  from entered`

/** Parameters: user, username, canonical username, email, canonical email, hash. */
export const INSERT_USER = `with created as (
    insert into edge_auth.users (id, username, username_key, email, email_key) values ($1, $2, $3, $4, $5)
    returning id, username, email, created_at),
  secured as (insert into edge_auth.credentials (user_id, password_hash) select id, $6 from created)
  select * from created`
