module github.com/ti-community/terraform-provider-thoughtindustries/tools/picture

go 1.25.8
