# One YAML file for each client in accounts/.

terraform {
  required_version = ">= 1.3"
  required_providers {
    thoughtindustries = {
      source  = "ti-community/thoughtindustries"
      version = "~> 0.1.0"
    }
  }
}

# Address and key come from the environment.
provider "thoughtindustries" {}

variable "folder" {
  description = "Folder of the YAML files."
  type        = string
  default     = "accounts"
}

variable "largest_balance" {
  description = "Most credits that one account may be given without another review."
  type        = number
  default     = 1000
}

locals {
  files = fileset("${path.module}/${var.folder}", "**")
  texts = {
    for file in local.files : file => file("${path.module}/${var.folder}/${file}") if endswith(file, ".yaml")
  }
  clients = { for file, text in local.texts : trimsuffix(file, ".yaml") => try(yamldecode(text), null) }
  entries = { for client, content in local.clients : client => try({ for key, account in content.accounts : key => account }, {}) }
  accounts = merge([
    for client, content in local.clients : {
      for key, account in local.entries[client] :
      "${client}/${key}" => merge(account, { client_id = try(content.client_id, null) })
    }
  ]...)

  # What accounts.schema.json allows. An engine would pass over a key that
  # nothing reads, and of a key that stands twice it would take the last.
  known = toset([
    "name", "starting_balance", "notify_emails", "license_ids", "type", "batch_days_until_expire",
    "minimum_batch_amount", "credit_batch_name", "existing_account_id", "create_alongside",
  ])
  required = ["name", "starting_balance", "notify_emails", "license_ids"]
  problems = concat(
    [for file in local.files : "${file} does not end in .yaml, so it is not read" if !endswith(file, ".yaml")],
    [for client, content in local.clients : "${client}.yaml: is empty, or not YAML" if content == null],
    flatten([for client, content in local.clients : [
      for key in try(keys(content), []) : "${client}.yaml: unknown key ${key}" if !contains(["client_id", "accounts"], key)
    ]]),
    [for client, content in local.clients : "${client}.yaml: the key accounts is missing, or nothing is below it (accounts: {} for none)" if content != null && !can(keys(content.accounts))],
    [for client, content in local.clients : "${client}.yaml: the key client_id is missing" if content != null && !can(content.client_id)],
    flatten([for client, entries in local.entries : [
      for account, values in entries : [
        for key in local.required : "${client}/${account}: the key ${key} is missing" if !contains(try(keys(values), []), key)
      ]
    ]]),
    flatten([for client, entries in local.entries : [
      for account, values in entries : [
        for key in try(keys(values), []) : "${client}/${account}: unknown key ${key}" if !contains(local.known, key)
      ]
    ]]),
    # Counted in the text and in what was read of it.
    [
      for client, content in local.clients : "${client}.yaml: a key stands twice, or is not on a line of its own, indented by two spaces a level"
      if can(keys(content.accounts)) && length(regexall("(?m)^(?:  ){0,2}[A-Za-z0-9_-]+:(?:\\s|$)", local.texts["${client}.yaml"])) != (
        try(length(content), 0) + length(local.entries[client]) + sum(concat([0], [for values in values(local.entries[client]) : try(length(values), 0)]))
      )
    ],
  )
}

resource "thoughtindustries_credit_account" "this" {
  for_each = local.accounts

  client_id        = each.value.client_id
  name             = lookup(each.value, "name", null)
  starting_balance = lookup(each.value, "starting_balance", null)
  notify_emails    = lookup(each.value, "notify_emails", null)
  license_ids      = lookup(each.value, "license_ids", null)

  type                    = lookup(each.value, "type", null)
  batch_days_until_expire = lookup(each.value, "batch_days_until_expire", null)
  minimum_batch_amount    = lookup(each.value, "minimum_batch_amount", null)
  credit_batch_name       = lookup(each.value, "credit_batch_name", null)
  existing_account_id     = lookup(each.value, "existing_account_id", null)
  create_alongside        = lookup(each.value, "create_alongside", null)

  lifecycle {
    precondition {
      condition     = try(each.value.starting_balance <= var.largest_balance, true)
      error_message = "${each.key} would get ${try(each.value.starting_balance, 0)} credits, more than largest_balance (${var.largest_balance}). Raise largest_balance if that is meant."
    }
    precondition {
      condition     = length(local.problems) == 0
      error_message = "The files in ${var.folder} are not as they should be: ${join("; ", local.problems)}."
    }
  }
}

output "account_ids" {
  description = "Id of each account, by client and key."
  value       = { for key, account in thoughtindustries_credit_account.this : key => account.id }

  # Said here, too, where no file holds an account.
  precondition {
    condition     = length(local.problems) == 0
    error_message = "The files in ${var.folder} are not as they should be: ${join("; ", local.problems)}."
  }
}
