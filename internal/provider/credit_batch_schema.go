package provider

import (
	"sync"

	"github.com/hashicorp/terraform-plugin-framework-timetypes/timetypes"
	"github.com/hashicorp/terraform-plugin-framework/resource/schema"
	"github.com/hashicorp/terraform-plugin-framework/schema/validator"
)

// creditBatchSchema is built once: engines cause it to be asked for with every call.
var creditBatchSchema = sync.OnceValue(func() schema.Schema {
	return schema.Schema{
		MarkdownDescription: "A credit batch: a number of credits given to a client at once, usually to top up a credit " +
			"account. One declared batch is one batch: the provider repeats a creation only if it is certain that nothing " +
			"was created. The API can change `name` and `expires_on` alone. Destroy only removes it from the state.",
		Attributes: map[string]schema.Attribute{
			"client_id": schema.StringAttribute{
				Required:            true,
				MarkdownDescription: "UUID of the client that the credits are for. Case does not matter.",
				Validators:          []validator.String{validUUID},
			},
			"starting_balance": schema.NumberAttribute{
				Required:            true,
				MarkdownDescription: "Credits given at creation, 0 or more; fractions are allowed and sent without loss.",
				Validators:          []validator.Number{validBalance},
			},
			"credit_account_id": schema.StringAttribute{
				Optional:            true,
				MarkdownDescription: "UUID of the client's credit account that the credits go to. Case does not matter.",
				Validators:          []validator.String{validUUID},
			},
			"name": schema.StringAttribute{
				Optional: true,
				MarkdownDescription: "Name that the product shows; not empty, with no white space at either end and no control " +
					"characters. Give each batch a name of its own, such as the year: see [Creating a batch](#creating-a-batch). " +
					"It is changed in place, but cannot be cleared. When not set, the API chooses.",
				Validators: []validator.String{stringFunc{"a name", checkName}},
			},
			"expires_on": schema.StringAttribute{
				Optional:   true,
				CustomType: timetypes.RFC3339Type{},
				MarkdownDescription: "Time at which the credits expire, such as `2031-01-01T00:00:00Z`; a new value must be in " +
					"the future. It is compared to the second. It is changed in place, but cannot be cleared. When not set, the " +
					"API chooses.",
			},
			"id":              computedString("UUID of the batch. Null while the outcome of its creation is unknown."),
			"current_balance": computedNumber("Credits that are left, as of the last refresh."),
			"status": computedString("Status such as `active`, as of the last refresh; `not listed` where the client's listing " +
				"no longer has the batch. While the outcome of a creation is unknown: what happened and when."),
			"allocated_credits": computedNumber("Credits that are allocated, as of the last refresh."),
			"created_at":        computedString("Time of creation, ISO 8601."),
			"updated_at":        computedString("Time of the last change, ISO 8601, as of the last refresh."),
		},
	}
})
