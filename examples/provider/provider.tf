terraform {
  required_version = ">= 1.5"
  required_providers {
    thoughtindustries = {
      source  = "ti-community/thoughtindustries"
      version = "~> 0.1.0"
    }
  }
}

# THOUGHTINDUSTRIES_API_KEY in the environment holds the key.
provider "thoughtindustries" {
  instance = "acme" # https://acme.thoughtindustries.com
}
