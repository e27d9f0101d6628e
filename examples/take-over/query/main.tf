# `terraform query` needs this beside accounts.tfquery.hcl: the provider and the client.

terraform {
  required_version = ">= 1.14"
  required_providers {
    thoughtindustries = {
      source  = "ti-community/thoughtindustries"
      version = "~> 0.1.0"
    }
  }
}

# Address and key come from the environment.
provider "thoughtindustries" {}

variable "client_id" {
  description = "UUID of the client whose accounts are taken over."
  type        = string
  default     = "6f1c1a52-0c55-4b0e-9a0f-3f1d6a0b1c02"
}
