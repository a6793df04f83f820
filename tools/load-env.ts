import { loadEnvFile } from './env-file.ts'

// Loaded before a command (node --import): a program finds the variables of .env in its environment from its first line on.
loadEnvFile('.env', process.env)
