module github.com/ti-community/terraform-provider-thoughtindustries/tools/docs

go 1.25.0

tool github.com/hashicorp/terraform-plugin-docs/cmd/tfplugindocs

require github.com/hashicorp/terraform-plugin-docs v0.25.0
