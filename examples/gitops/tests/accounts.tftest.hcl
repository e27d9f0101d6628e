# Run by `terraform test` (Terraform 1.7, OpenTofu 1.8). The provider is a mock, so it needs no key.

mock_provider "thoughtindustries" {}

run "every_account_is_planned" {
  command = plan

  assert {
    condition     = length(thoughtindustries_credit_account.this) == sum(concat([0], [for client in values(local.clients) : length(client.accounts)]))
    error_message = "An account of a YAML file is missing."
  }
}
