variable "client" {
  description = "Exact name of the client."
  type        = string
}

variable "name" {
  description = "Name of the account. No other account of the client may have it."
  type        = string
}

variable "starting_balance" {
  description = "Credits that the account begins with."
  type        = number
}

variable "license_skus" {
  description = "SKUs of the client's licenses that the credits are for."
  type        = set(string)
}

variable "notify_emails" {
  description = "Addresses that are notified of activity, such as a low balance."
  type        = set(string)
  default     = []
}

variable "top_ups" {
  description = "Credits added later, by the name of the batch, such as the year. expires_on is a time such as 2041-01-01T00:00:00Z; null lets the API choose."
  type        = map(object({ credits = number, expires_on = string }))
  default     = {}
}

variable "type" {
  description = "Classification of the account, such as client. Null lets the API choose."
  type        = string
  default     = null
}

variable "credit_batch_name" {
  description = "Label of the batches that the API issues under the account."
  type        = string
  default     = null
}

variable "batch_days_until_expire" {
  description = "Days until a batch expires after it is issued. Null lets the API choose."
  type        = number
  default     = null
}

variable "minimum_batch_amount" {
  description = "Minimum number of credits in one batch. Null lets the API choose."
  type        = number
  default     = null
}

variable "existing_account_id" {
  description = "UUID of an existing account to take over instead of creating one."
  type        = string
  default     = null
}

variable "create_alongside" {
  description = "UUIDs of accounts of this client and name beside which, or in whose place, this one may be created. They stay, with their balances."
  type        = set(string)
  default     = null
}
