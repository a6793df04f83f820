#!/bin/sh
# Makes the env files of compose.yaml, with new passwords and a new key, for their owner alone. Changes none that is there.
set -eu
umask 077
cd "$(dirname "$0")"

for file in .env.postgres .env.migrate .env.app; do
  if [ -e "$file" ]; then
    echo "deploy/$file is there already. Nothing was changed." >&2
    exit 1
  fi
done

superuser=$(openssl rand -hex 24)
owner=$(openssl rand -hex 24)
runtime=$(openssl rand -hex 24)
key=$(openssl rand -base64 48)

cat > .env.postgres << END
POSTGRES_PASSWORD=$superuser
OWNER_PASSWORD=$owner
RUNTIME_PASSWORD=$runtime
END

cat > .env.migrate << END
DATABASE_URL=postgres://edge_auth_owner:$owner@postgres:5432/edge_auth
END

cat > .env.app << END
# All that .env.example explains may stand here. A value with a \$ stands in single quotes.
DATABASE_URL=postgres://edge_auth_runtime:$runtime@postgres:5432/edge_auth
JWT_SECRET_KEY=$key
ACCESS_TOKEN_EXPIRE_MINUTES=15
REFRESH_TOKEN_EXPIRE_MINUTES=43200
TRUSTED_PROXY_COUNT=1
# CORS_ORIGINS=https://app.example.org
# PUBLIC_URL=https://auth.example.org
END
echo "Made deploy/.env.postgres, deploy/.env.migrate and deploy/.env.app. Keep a copy of the key in deploy/.env.app."
