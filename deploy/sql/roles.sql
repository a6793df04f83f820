-- Run by compose.yaml at each start: both roles, their rights, and the passwords of deploy/.env.postgres.
\set ON_ERROR_STOP on
set client_min_messages = warning;
begin;
\ir grants.sql
\getenv owner_password OWNER_PASSWORD
\getenv runtime_password RUNTIME_PASSWORD
alter role edge_auth_owner password :'owner_password';
alter role edge_auth_runtime password :'runtime_password';
commit;
