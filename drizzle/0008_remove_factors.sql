-- A permission that came later. The role has all of the service's, whatever of the application's was added to it.
UPDATE "edge_auth"."roles" SET "permissions" = "permissions" || '{auth:users:remove_factors}'::text[]
	WHERE "name" = 'admin' AND NOT 'auth:users:remove_factors' = ANY ("permissions");
