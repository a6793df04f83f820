-- A permission that came later. The role has all of the service's, whatever of the application's was added to it.
UPDATE "edge_auth"."roles" SET "permissions" = "permissions" || '{auth:users:unlink_identities}'::text[]
	WHERE "name" = 'admin' AND NOT 'auth:users:unlink_identities' = ANY ("permissions");
