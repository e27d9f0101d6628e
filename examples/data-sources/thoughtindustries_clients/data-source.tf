# Whatever the API's search finds, exact or not.
data "thoughtindustries_clients" "acme" {
  query = "acme"
}

# All clients.
data "thoughtindustries_clients" "all" {}

output "client_ids_by_slug" {
  value = { for client in data.thoughtindustries_clients.all.clients : client.slug => client.id if client.slug != null }
}
