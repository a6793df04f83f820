import { jsonObject, Password } from '../../../http/fields.ts'

export const DeletionRequest = jsonObject({ current_password: Password }).openapi('DeletionRequest')
