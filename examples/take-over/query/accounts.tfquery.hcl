# terraform query                                    lists the accounts
# terraform query -generate-config-out=accounts.tf   writes them and their import blocks

list "thoughtindustries_credit_account" "all" {
  provider = thoughtindustries
  limit    = 1000 # the default is 100

  config {
    client_id = var.client_id
  }
}
