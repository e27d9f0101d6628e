data "thoughtindustries_client" "globex" {
  name = "Globex"
}

data "thoughtindustries_licenses" "onboarding" {
  client_id = data.thoughtindustries_client.globex.id
  sku       = "ONB-10"
}

resource "thoughtindustries_credit_account" "onboarding" {
  client_id        = data.thoughtindustries_client.globex.id
  name             = "Globex onboarding 2027"
  starting_balance = 500
  notify_emails    = ["training@globex.example"]
  license_ids      = data.thoughtindustries_licenses.onboarding.ids

  lifecycle {
    precondition {
      condition     = length(data.thoughtindustries_licenses.onboarding.ids) > 0
      error_message = "Globex has no license with the SKU ONB-10."
    }
  }
}
